// Other ways of guarding a route, with packages that the service does not have.
import { fileURLToPath } from 'node:url'
import { argon2id, hash } from 'argon2'
import { startServer } from '../harness/processes.js'
import { ARGON2, PASSWORD } from '../harness/service.js'
import { betterAuthOn, createCookie, createBetterAuth, requestWithCookie, signInAt } from './better-auth-data.js'
import { ENVIRONMENT, competitorVersion } from './installed.js'

// One of their requests costs as much as twenty of the other candidates'.
export const WARM_UP = 15_000

/** @typedef {import('../harness/load.js').Request} Request */
/** @typedef {import('../harness/compare.js').Candidate & { refused: Request[] }} Competitor `rejected`: what must not come in */

/**
 * @param {{ environment: Record<string, string>, requests: Request[], refused: Request[] }} issuer
 * @returns {Competitor[]}
 */
export function createExpressCompetitors ({ environment, requests, refused }) {
  const program = (/** @type {string[]} */ ...parameters) => ({
    entry: fileURLToPath(new URL('./express.js', import.meta.url)), parameters, environment: { ...environment, ...ENVIRONMENT }
  })
  const express = competitorVersion('express')
  const middleware = competitorVersion('express-jwt')
  return [
    { name: 'express', title: `the bare route, ${express}`, program: program(), requests, refused: [] },
    { name: 'express-jwt', title: `${express}, ${middleware}`, program: program('key'), requests, refused, warmUp: WARM_UP },
    {
      name: 'express-jwks',
      title: `${express}, ${middleware}, ${competitorVersion('jwks-rsa')}`,
      program: program('key-set'),
      requests,
      refused,
      warmUp: WARM_UP
    }
  ]
}

/**
 * Its session check, with a database query for each request, and with the cookie cache that it recommends; as many live tokens as the
 * others.
 *
 * @param {import('../harness/database.js').Databases} databases
 * @param {{ sessions: number, shown: number, cached: number }} counts of sessions in the table; of those that requests are made with
 * @returns {Promise<Competitor[]>}
 */
export async function createBetterAuthCompetitors (databases, { sessions, shown, cached }) {
  const passwordHash = await hash(PASSWORD, { type: argon2id, ...ARGON2 })
  const url = await createBetterAuth(databases, 'better_auth', { users: sessions / 10, sessions, passwordHash })
  const title = competitorVersion('better-auth')
  const common = {
    refused: [createCookie(0, 'another secret'), createCookie(sessions), ''].map((cookie) => requestWithCookie(cookie)),
    databaseCpu: databases.cpu,
    warmUp: WARM_UP
  }
  return [
    {
      ...common,
      name: 'better-auth',
      title: `${title}, its session in Postgres`,
      program: betterAuthOn(url),
      requests: Array.from({ length: shown }, (_, index) => requestWithCookie(createCookie(index * sessions / shown)))
    },
    {
      ...common,
      name: 'better-auth-cache',
      title: `${title}, its cookie cache`,
      program: betterAuthOn(url, 'cookie-cache'),
      requests: await signInMany(url, cached)
    }
  ]
}

/**
 * @param {string} url
 * @param {number} count
 * @returns {Promise<Request[]>} with the cookies of a new session each
 */
async function signInMany (url, count) {
  const server = await startServer(betterAuthOn(url, 'cookie-cache'))
  /** @type {Request[]} */
  const requests = []
  try {
    for (let number = 0; number < count; number++) {
      requests.push(requestWithCookie(await signInAt(
        server.address, `user${number}@example.com`, PASSWORD
      )))
    }
  } finally {
    await server.stop()
  }
  return requests
}

/**
 * Checks that the guard rejects bad tokens: one that accepts everything would be fast.
 *
 * @param {Request[]} requests
 * @returns {(server: { address: string }) => Promise<void>}
 */
export function expectRefused (requests) {
  return async ({ address }) => {
    for (const { path, headers } of requests) {
      const reply = await fetch(`${address}${path}`, { headers })
      await reply.arrayBuffer()
      if (reply.status !== 401) throw new Error(`a request that had to be refused was answered ${reply.status}`)
    }
  }
}

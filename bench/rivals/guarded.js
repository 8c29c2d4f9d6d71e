// What a team would guard a route with instead of gatepass/edge, and not find in the service's own packages.
import { fileURLToPath } from 'node:url'
import { argon2id, hash } from 'argon2'
import { startServer } from '../harness/processes.js'
import { ARGON2, PASSWORD } from '../harness/service.js'
import { betterAuthOn, cookieOf, createBetterAuth, requestWithCookie, signInAt } from './better-auth-data.js'
import { ENVIRONMENT, rivalVersionOf } from './installed.js'

// They take their time: each of these requests is worth twenty of the others'.
export const WARM_UP = 15_000

/** @typedef {import('../harness/load.js').Request} Request */
/** @typedef {import('../harness/compare.js').Candidate & { refused: Request[] }} Rival `refused`: what must not come in */

/**
 * @param {{ environment: Record<string, string>, requests: Request[], refused: Request[] }} issuer
 * @returns {Rival[]}
 */
export function expressRivals ({ environment, requests, refused }) {
  const program = (/** @type {string[]} */ ...parameters) => ({ entry: fileURLToPath(new URL('./express.js', import.meta.url)), parameters, environment: { ...environment, ...ENVIRONMENT } })
  const express = rivalVersionOf('express')
  const middleware = rivalVersionOf('express-jwt')
  return [
    { name: 'express', title: `the bare route, ${express}`, program: program(), requests, refused: [] },
    { name: 'express-jwt', title: `${express}, ${middleware}`, program: program('key'), requests, refused, warmUp: WARM_UP },
    { name: 'express-jwks', title: `${express}, ${middleware}, ${rivalVersionOf('jwks-rsa')}`, program: program('key-set'), requests, refused, warmUp: WARM_UP }
  ]
}

/**
 * Its session check, asking Postgres each time, and with the cookie cache that it recommends: as many live tokens as the others have.
 *
 * @param {import('../harness/database.js').Databases} databases
 * @param {{ sessions: number, shown: number, cached: number }} counts of sessions in the table; of those that requests are made with
 * @returns {Promise<Rival[]>}
 */
export async function betterAuthRivals (databases, { sessions, shown, cached }) {
  const passwordHash = await hash(PASSWORD, { type: argon2id, ...ARGON2 })
  const url = await createBetterAuth(databases, 'better_auth', { users: sessions / 10, sessions, passwordHash })
  const title = rivalVersionOf('better-auth')
  const common = {
    refused: [cookieOf(0, 'another secret'), cookieOf(sessions), ''].map((cookie) => requestWithCookie(cookie)),
    databaseCpu: databases.cpu,
    warmUp: WARM_UP
  }
  return [
    { ...common, name: 'better-auth', title: `${title}, its session in Postgres`, program: betterAuthOn(url), requests: Array.from({ length: shown }, (_, index) => requestWithCookie(cookieOf(index * sessions / shown))) },
    { ...common, name: 'better-auth-cache', title: `${title}, its cookie cache`, program: betterAuthOn(url, 'cookie-cache'), requests: await signInMany(url, cached) }
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
    for (let number = 0; number < count; number++) requests.push(requestWithCookie(await signInAt(server.address, `user${number}@example.com`, PASSWORD)))
  } finally {
    await server.stop()
  }
  return requests
}

/**
 * A guard that lets everybody in is a fast one.
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

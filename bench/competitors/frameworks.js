// GET /campaigns in a framework, behind a guard, each as its documentation shows it. The first parameter names the framework, the second
// the guard, none for the bare route; the third is how many tokens gatepass caches. The key set is at KEY_SET.
import { createServer } from 'node:http'
import { createLocalKeySource, createVerifier, defineRoles, Rejection } from '../../dist/verify/index.js'
import { answer } from '../harness/probe.js'
import { readIssuer } from '../harness/tokens.js'
import { load } from './installed.js'

/** @typedef {(name: string) => Promise<void>} StartServer */

const [, , framework = '', guardName = '', cacheSize] = process.argv
const { KEY_SET = '', PORT } = process.env
const port = Number(PORT)
const { issuer, audience, jwk } = readIssuer()

/** @type {Record<string, StartServer>} */
const frameworks = { 'node:http': startNodeHttp, express: startExpress, hono: startHono }
await frameworks[framework]?.(guardName)

function createGuard () {
  const roles = defineRoles({ advertiser: ['campaigns:read', 'campaigns:write'], user: ['campaigns:read'] })
  const verifier = createVerifier({
    issuer, audience, roles, keys: createLocalKeySource([jwk]), ...(cacheSize !== undefined && { cacheSize: Number(cacheSize) })
  })
  answer('counters', () => verifier.counters)
  return verifier.guard({ allow: 'campaigns:read' })
}

/** @type {StartServer} */
async function startNodeHttp (name) {
  /** @type {Record<string, () => Promise<import('node:http').RequestListener> | import('node:http').RequestListener>} */
  const listeners = {
    '': () => (_request, response) => send(response),
    gatepass () {
      const guard = createGuard()
      return (request, response) => {
        try {
          guard(request)
          send(response)
        } catch (error) {
          if (!(error instanceof Rejection)) throw error
          response.writeHead(error.status, error.headers).end(error.body)
        }
      }
    },
    async jose () {
      const { createRemoteJWKSet, jwtVerify } = await load('jose')
      const keySet = createRemoteJWKSet(new URL(KEY_SET))
      return async ({ headers }, response) => {
        try {
          await jwtVerify(headers.authorization?.slice('Bearer '.length) ?? '', keySet, { issuer, audience, typ: 'at+jwt' })
          send(response)
        } catch {
          response.writeHead(401).end()
        }
      }
    }
  }
  createServer(await listeners[name]?.()).listen(port)

  /** @param {import('node:http').ServerResponse} response */
  function send (response) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ campaigns: [] }))
  }
}

/** @type {StartServer} */
async function startExpress (name) {
  const { default: express } = await load('express')
  const app = express()
  if (name === 'gatepass') {
    const guard = createGuard()
    app.use((/** @type {any} */ request, /** @type {unknown} */ _response, /** @type {() => void} */ next) => {
      request.user = guard(request)
      next()
    })
  } else if (name === 'express-jwt') {
    const [{ expressjwt }, { default: jwksRsa }] = [await load('express-jwt'), await load('jwks-rsa')]
    const secret = jwksRsa.expressJwtSecret({ cache: true, rateLimit: true, jwksRequestsPerMinute: 5, jwksUri: KEY_SET })
    app.use(expressjwt({ secret, audience, issuer, algorithms: [jwk.alg] }))
  } else if (name === 'express-oauth2-jwt-bearer') {
    const { auth } = await load('express-oauth2-jwt-bearer')
    app.use(auth({ issuer, jwksUri: KEY_SET, audience, tokenSigningAlg: jwk.alg }))
  }
  app.get('/campaigns', (/** @type {unknown} */ _request, /** @type {any} */ response) => response.json({ campaigns: [] }))
  // All of them throw errors with a status; without a handler Express would write each to the console.
  app.use((/** @type {any} */ error, /** @type {unknown} */ _request, /** @type {any} */ response, /** @type {unknown} */ _next) => {
    response.status(error.status ?? 500).set(error.headers ?? {}).send(error.body ?? '')
  })
  app.listen(port)
}

/** @type {StartServer} */
async function startHono (name) {
  const [{ Hono }, { serve }] = [await load('hono'), await load('@hono/node-server')]
  const app = new Hono()
  if (name === 'gatepass') {
    const guard = createGuard()
    app.use(async (/** @type {any} */ context, /** @type {() => Promise<void>} */ next) => {
      context.set('user', guard(context.req.raw))
      await next()
    })
    app.onError((/** @type {unknown} */ error) => {
      if (error instanceof Rejection) return error.toResponse()
      throw error
    })
  } else if (name !== '') {
    const { jwk: guard } = await load('hono/jwk')
    const source = name === 'hono/jwk, keys' ? { keys: [jwk] } : { jwks_uri: KEY_SET }
    app.use(guard({ ...source, alg: [jwk.alg], verification: { iss: issuer, aud: audience, typ: 'at+jwt' } }))
  }
  app.get('/campaigns', (/** @type {any} */ context) => context.json({ campaigns: [] }))
  serve({ fetch: app.fetch, port })
}

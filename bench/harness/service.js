// The service as in production, and tokens of its clients, made without a request.
import { createHash } from 'node:crypto'
import { ROOT } from './machine.js'

const ISSUER = 'http://localhost:3000'
const SECRET = createHash('sha256').update('the secret of these benchmarks').digest()

export const SERVICE = `${ROOT}dist/cli/main.js`

export const PASSWORD = 'correct horse battery staple'

/** OWASP's parameters, the service's own unless set otherwise. */
export const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/**
 * @param {string} databaseUrl
 * @param {Record<string, string>} [settings]
 * @returns {import('./processes.js').Program} an instance; without request logs, as with the competitors
 */
export function serviceOn (databaseUrl, settings = {}) {
  const environment = { DATABASE_URL: databaseUrl, SECRET_KEYS: SECRET.toString('base64'), ISSUER, LOG_LEVEL: 'warn', ...settings }
  return { entry: SERVICE, parameters: ['serve'], environment }
}

/**
 * @param {string[]} sessionIds
 * @returns {Promise<string[]>} the first refresh token of each
 */
export async function firstRefreshTokens (sessionIds) {
  /** @type {typeof import('../../src/secrets/index.ts')} */
  const { deriveKeys } = await import(`${ROOT}dist/secrets/index.js`)
  /** @type {typeof import('../../src/sessions/refresh-token.ts')} */
  const { formatRefreshToken } = await import(`${ROOT}dist/sessions/refresh-token.js`)
  const keys = deriveKeys({ secretKeys: [SECRET], purpose: 'refresh-token', issuer: ISSUER })
  return sessionIds.map((sessionId) => formatRefreshToken({ sessionId, generation: 1 }, keys))
}

/**
 * @returns {Promise<string>} the SQL of a refresh, under the settings that nobody has changed
 */
export async function refreshSql () {
  /** @type {typeof import('../../src/config/config.ts')} */
  const { loadConfig } = await import(`${ROOT}dist/config/config.js`)
  /** @type {typeof import('../../src/sessions/rotation-policy.ts')} */
  const { toRotationTimings } = await import(`${ROOT}dist/sessions/rotation-policy.js`)
  /** @type {typeof import('../../src/sessions/refresh-statement.ts')} */
  const { createRefreshStatement } = await import(`${ROOT}dist/sessions/refresh-statement.js`)
  const config = loadConfig({})
  let text = ''
  const db = /** @type {import('../../src/database/index.ts').Queryable} */ (/** @type {unknown} */ ({
    async executeQuery (/** @type {{ sql: string }} */ { sql }) {
      text = sql
      return { rows: [] }
    }
  }))
  await createRefreshStatement({ ...config, rotation: toRotationTimings(config.refreshGraceSeconds) })(
    db, { sessionId: '', generation: 1 }, { ip: null, userAgent: null, requestId: null }
  )
  return text
}

/**
 * @param {string} address of the service
 * @param {string} email
 * @returns {Promise<string>} an access token
 */
export async function logIn (address, email, password = PASSWORD) {
  const reply = await fetch(`${address}/auth/login`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ email, password })
  })
  const body = await reply.text()
  if (reply.status !== 200) throw new Error(`no login: ${reply.status} ${body}`)
  return JSON.parse(body).access_token
}

/**
 * @param {string} path
 * @param {object} body
 * @param {Record<string, string>} [headers]
 * @returns {import('./load.js').Request}
 */
export function post (path, body, headers = {}) {
  return { method: 'POST', path, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) }
}

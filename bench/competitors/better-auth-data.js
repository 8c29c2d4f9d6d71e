// A database with the rows that better-auth would write, filled with SQL.
import { createHash, createHmac } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { query } from '../harness/database.js'
import { post } from '../harness/service.js'
import { BASE_URL, COOKIE, createOptions, SECRET } from './better-auth-options.js'
import { ENVIRONMENT, load } from './installed.js'

/** @typedef {import('../harness/load.js').Request} Request */

const ENTRY = fileURLToPath(new URL('./better-auth.js', import.meta.url))

/**
 * @param {string} url of its database
 * @param {'cookie-cache'} [cache]
 * @returns {import('../harness/processes.js').Program}
 */
export function betterAuthOn (url, cache) {
  return { entry: ENTRY, parameters: cache === undefined ? [] : [cache], environment: { ...ENVIRONMENT, DATABASE_URL: url } }
}

/**
 * Creates its tables, with users and sessions. better-auth refreshes a session that is unused for a day.
 *
 * @param {import('../harness/database.js').Databases} databases
 * @param {string} name of the database
 * @param {{ users: number, sessions: number, passwordHash?: string, unusedDays?: number }} contents
 * @returns {Promise<string>} its address
 */
export async function createBetterAuth ({ databaseUrl }, name, { users, sessions, passwordHash = 'none', unusedDays = 0 }) {
  await query(databaseUrl(), `create database ${name}`)
  const url = databaseUrl(name)
  const options = createOptions({ url })
  const { getMigrations } = await load('better-auth/db/migration')
  const { runMigrations } = await getMigrations(options)
  await runMigrations()
  await options.database.end()
  await query(url, `insert into "user" (id, name, email, "emailVerified", "updatedAt")
    select ${idSql('n')}, 'user' || n, 'user' || n || '@example.com', true, now() from generate_series(0, $1::int - 1) n`, [users])
  await query(url, `insert into account (id, "accountId", "providerId", "userId", password, "updatedAt")
    select ${idSql('n')}, ${idSql('n')}, 'credential', ${idSql('n')}, $2, now() from generate_series(0, $1::int - 1) n`, [
    users, passwordHash
  ])
  await query(url, `insert into session (id, token, "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent")
    select ${idSql('n')}, ${idSql("'token' || n")}, ${idSql('n % $2::int')}, moved + interval '7 days', moved, moved, '127.0.0.1', 'bench'
    from generate_series(0, $1::int - 1) n, (select now() - make_interval(days => $3)) as days (moved)`, [sessions, users, unusedDays])
  await query(url, 'vacuum analyze')
  return url
}

/**
 * @param {string} url
 * @returns {Promise<number>} how many sessions have been refreshed
 */
export async function countRefreshed (url) {
  const [{ count }] = await query(url, 'select count(*)::int from session where "expiresAt" > now() + interval \'6 days\'')
  return count
}

/** SQL: an id or token of a number, as random as its own; none of them comes with its time. */
function idSql (/** @type {string} */ number) {
  return `md5((${number})::text)`
}

/**
 * @param {number} number of a session
 * @param {string} [secret] that signed it
 * @returns {string} the cookie of the session
 */
export function createCookie (number, secret = SECRET) {
  const token = createHash('md5').update(`token${number}`).digest('hex')
  return `${COOKIE}=${encodeURIComponent(`${token}.${createHmac('sha256', secret).update(token).digest('base64')}`)}`
}

/**
 * @param {string} cookie
 * @param {string} path
 * @returns {Request}
 */
export function requestWithCookie (cookie, path = '/campaigns') {
  return { path, headers: { cookie, 'x-forwarded-for': '10.0.0.1' } }
}

/**
 * @param {string} cookie
 * @returns {Request} what its client asks when it wants the session, and refreshes one that is due
 */
export function refreshWithCookie (cookie) {
  return requestWithCookie(cookie, '/api/auth/get-session')
}

/**
 * @param {string} email
 * @param {string} password
 * @param {string} [ip]
 * @returns {Request}
 */
export function signIn (email, password, ip = '10.0.0.1') {
  return post('/api/auth/sign-in/email', { email, password }, { 'x-forwarded-for': ip, origin: BASE_URL })
}

/**
 * @param {string} address
 * @param {string} email
 * @param {string} password
 * @returns {Promise<string>} the cookies of a new session
 */
export async function signInAt (address, email, password) {
  const { path, ...request } = signIn(email, password)
  const reply = await fetch(`${address}${path}`, request)
  const body = await reply.text()
  if (reply.status !== 200) throw new Error(`no sign-in: ${reply.status} ${body}`)
  return reply.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ')
}

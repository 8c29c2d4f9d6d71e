// The issuing half alone on a bare Fastify, as every test of it needs it.
import { randomBytes } from 'node:crypto'
import Fastify, { type FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { createPasswordHasher } from '../../../src/passwords/hasher.ts'
import type { Database } from '../../../src/database/index.ts'
import { InvalidRequestError, PROBLEM_MEDIA_TYPE, PROBLEM_SCHEMA_ID, PublicError, toProblem } from '../../../src/errors.ts'
import { createKeyring } from '../../../src/keys/keyring.ts'
import { authentication, type AuthenticationOptions } from '../../../src/sessions/routes.ts'
import { listSessions } from '../../../src/sessions/list-sessions.ts'

export const ISSUER = 'https://auth.example.com'
export const PASSWORD = 'correct horse battery staple'
const SECRET_KEYS = [randomBytes(32)]

/** argon2 at its cheapest. */
export const hasher = createPasswordHasher({ memoryKib: 1024, passes: 1, parallelism: 1 })
const passwordHash = hasher.hash(PASSWORD)

/**
 * @param t closes the service
 * @param database migrated
 * @param overrides what this test wants otherwise
 * @returns an instance of the service; several on one database have the same secret
 */
export async function createService (t: Test, database: Database, overrides: Partial<AuthenticationOptions> = {}): Promise<FastifyInstance> {
  const log = { info () {}, warn () {}, error () {} }
  const keyring = await createKeyring({ database, secretKeys: SECRET_KEYS, algorithm: 'ES256', log })
  const app = Fastify({ ajv: { customOptions: { coerceTypes: false, removeAdditional: false } } })
  t.teardown(async () => {
    await app.close()
    await keyring.close()
  })
  app.addSchema({ $id: PROBLEM_SCHEMA_ID, type: 'object', additionalProperties: true })
  app.setErrorHandler(async (error: Error & { validation?: unknown }, _request, reply) => {
    const shown = error.validation === undefined ? error : new InvalidRequestError()
    if (!(shown instanceof PublicError)) throw error
    return reply.code(shown.status).headers(shown.headers).type(PROBLEM_MEDIA_TYPE).send(toProblem(shown))
  })
  await app.register(authentication, {
    database,
    keyring,
    hasher,
    issuer: ISSUER,
    audience: 'api',
    accessTtlSeconds: 300,
    sessionIdleSeconds: 7 * 86_400,
    sessionMaxSeconds: 30 * 86_400,
    refreshGraceSeconds: 30,
    sessionsPerUser: 100,
    secretKeys: SECRET_KEYS,
    loginRatePerMinute: 10_000,
    corsOrigins: ['https://app.example.com'],
    cookieDomain: undefined,
    ...overrides
  })
  return app
}

/** @returns the id of a new user whose password is PASSWORD */
export async function createUser (database: Database, email = 'ada@example.com', role = 'user'): Promise<string> {
  const id = uuidv7()
  await database.kysely.insertInto('users').values({ id, email, normalized_email: email, password_hash: await passwordHash, role, disabled_at: null }).execute()
  return id
}

export async function logIn (app: FastifyInstance, email = 'ada@example.com') {
  const reply = await app.inject({ method: 'POST', url: '/auth/login', body: { email, password: PASSWORD } })
  return tokensOf(reply.json())
}

export async function refresh (app: FastifyInstance, refreshToken: string, headers: Record<string, string> = {}) {
  return app.inject({ method: 'POST', url: '/auth/refresh', headers, body: { refresh_token: refreshToken } })
}

/** Asks for the next pair, and fails where there is none. */
export async function refreshed (app: FastifyInstance, refreshToken: string, headers: Record<string, string> = {}) {
  return tokensOf((await refresh(app, refreshToken, headers)).json())
}

export function tokensOf (body: Record<string, unknown>) {
  const { access_token: accessToken, refresh_token: refreshToken, session_id: sessionId, refresh_expires_in: refreshExpiresIn } = body
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string' || typeof sessionId !== 'string') throw new Error(`no tokens: ${JSON.stringify(body)}`)
  return { accessToken, refreshToken, sessionId, refreshExpiresIn, claims: claimsOf(accessToken) }
}

export function claimsOf (accessToken: string): Record<string, string | number> {
  return JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString())
}

/** Sets the clock of a session back, which spares a test the wait. */
export async function age (database: Database, sessionId: string, seconds: number): Promise<void> {
  await sql`update sessions set rotated_at = rotated_at - make_interval(secs => ${seconds}) where id = ${sessionId}`.execute(database.kysely)
}

export async function sessionRow (database: Database, sessionId: string) {
  return database.kysely.selectFrom('sessions').selectAll().where('id', '=', sessionId).executeTakeFirstOrThrow()
}

/** Ids of the sessions of a user that go on, oldest first. */
export async function activeSessions (database: Database, userId: string): Promise<string[]> {
  const { sessions } = await listSessions(database.kysely, userId, { limit: 1000, sessionIdleSeconds: 7 * 86_400 })
  return sessions.map(({ id }) => id).reverse()
}

/** Types of the audit events, oldest first. */
export async function audited (database: Database): Promise<string[]> {
  const events = await database.kysely.selectFrom('audit_events').select('type').orderBy('id').execute()
  return events.map(({ type }) => type)
}

export async function revocations (database: Database) {
  return database.kysely.selectFrom('revocations').select(['kind', 'sid', 'sub', 'not_before', 'expires_at']).orderBy('id').execute()
}

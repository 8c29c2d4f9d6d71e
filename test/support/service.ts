// The whole service in this process, over a real database: what `npm start` puts together, with argon2 at its cheapest.
import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import { loadConfig, type Config } from '../../src/config/config.ts'
import { SYSTEM_ACTOR } from '../../src/audit/index.ts'
import { insertUser } from '../../src/accounts/store.ts'
import { parseEmail } from '../../src/accounts/email.ts'
import type { Database } from '../../src/database/index.ts'
import { createLog } from '../../src/http/index.ts'
import { openWithDatabase, closeExceptDatabase, createHasher } from '../../src/dependencies.ts'

export const PASSWORD = 'correct horse battery staple'

export const hasher = createHasher(loadConfig({ ARGON2_MEMORY: '1024', ARGON2_TIME: '1' }))
const passwordHash = hasher.hash(PASSWORD)
export const SECRET_KEYS = createHash('sha256').update('the secret of these tests').digest('base64')

export interface ServiceOptions {
  /** Settings as in the environment. */
  settings?: Record<string, string>
  /** Where the log goes; nowhere unless given. */
  log?: { level: string, stream: { write (line: string): void } }
}

/**
 * @param t closes the service
 * @param database migrated
 * @returns an instance of the service; several on one database have the same secret
 */
export async function createService (t: Test, database: Database, { settings = {}, log = { level: 'silent', stream: { write () {} } } }: ServiceOptions = {}): Promise<{ app: FastifyInstance, config: Config }> {
  const config = loadConfig({ SECRET_KEYS, ISSUER: 'https://auth.example.com', ARGON2_MEMORY: '1024', ARGON2_TIME: '1', LOGIN_RATE_PER_MINUTE: '10000', ...settings })
  const parts = await openWithDatabase(config, database, createLog(log))
  const app = await buildApp(config, parts)
  t.teardown(async () => {
    await app.close()
    await closeExceptDatabase(parts)
  })
  return { app, config }
}

/** @returns the id of a new user whose password is PASSWORD */
export async function enrol (database: Database, email: string, role = 'user'): Promise<string> {
  const { id } = await insertUser(database.kysely, { email: parseEmail(email), passwordHash: await passwordHash, role }, SYSTEM_ACTOR)
  return id
}

/** Logs in with PASSWORD. */
export async function logIn (app: FastifyInstance, email: string): Promise<{ accessToken: string, refreshToken: string, sessionId: string }> {
  const reply = await app.inject({ method: 'POST', url: '/auth/login', body: { email, password: PASSWORD } })
  const { access_token: accessToken, refresh_token: refreshToken, session_id: sessionId } = reply.json()
  if (typeof accessToken !== 'string') throw new Error(`no tokens: ${reply.statusCode} ${reply.body}`)
  return { accessToken, refreshToken, sessionId }
}

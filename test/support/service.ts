// The service in this process, on a real database, as `npm start` composes it, with the cheapest argon2.
import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { buildApp } from '../../src/app.ts'
import { loadConfig, type Config } from '../../src/config/config.ts'
import type { Database } from '../../src/database/index.ts'
import { createLog } from '../../src/http/index.ts'
import { openWithDatabase, closeExceptDatabase } from '../../src/dependencies.ts'

export const SECRET_KEYS = createHash('sha256').update('the secret of these tests').digest('base64')

export interface ServiceOptions {
  /** Settings, as in the environment. */
  settings?: Record<string, string>
  /** Default: no log. */
  log?: { level: string, stream: { write (line: string): void } }
}

/**
 * @param t closes the service
 * @param database migrated
 * @returns an instance of the service; all instances share one secret
 */
export async function createService (t: Test, database: Database, {
  settings = {}, log = { level: 'silent', stream: { write () {} } }
}: ServiceOptions = {}): Promise<{ app: FastifyInstance, config: Config }> {
  // Not on loopback: mail is off, unless a test sets HOST or SMTP_URL. Mails are kept in memory only where the service is not public.
  const isLocal = settings.HOST === '127.0.0.1' && settings.SMTP_URL === undefined
  const config = loadConfig({
    HOST: '0.0.0.0',
    SECRET_KEYS,
    ISSUER: isLocal ? 'http://localhost:3000' : 'https://auth.example.com',
    ARGON2_MEMORY: '1024',
    ARGON2_TIME: '1',
    LOGIN_RATE_PER_MINUTE: '10000',
    ...settings
  })
  const dependencies = await openWithDatabase(config, database, createLog(log))
  const app = await buildApp(config, dependencies)
  await app.ready()
  t.teardown(async () => {
    await app.close()
    await closeExceptDatabase(dependencies)
  })
  return { app, config }
}

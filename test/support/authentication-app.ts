// The half of the service that issues tokens, alone: for its own options, and faults of its dependencies.
import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Database } from '../../src/database/index.ts'
import { createKeyring, type Keyring } from '../../src/keys/keyring.ts'
import { createOutbox } from '../../src/mail/index.ts'
import { createAuthenticator, type AuthenticatorOptions } from '../../src/sessions/authenticator.ts'
import { authentication, type AuthenticationOptions } from '../../src/sessions/routes.ts'
import { createBareApp } from './app.ts'
import { SILENT } from './silent-log.ts'
import { AUDIENCE, ISSUER } from './tokens.ts'
import { hasher } from './users.ts'

const SECRET_KEYS = [randomBytes(32)]

/**
 * @param t closes the app
 * @param database migrated
 * @param overrides options that differ in this test
 * @returns an app with login, refresh and logout; several on one database have the same secret
 */
export async function createAuthenticationApp (
  t: Test, database: Database, overrides: Partial<AuthenticationOptions & AuthenticatorOptions> = {}
): Promise<FastifyInstance> {
  const app = await createBareApp(t)
  const options = {
    database,
    keyring: overrides.keyring ?? await openKeyring(t, database),
    hasher,
    issuer: ISSUER,
    audiences: [AUDIENCE],
    accessTtlSeconds: 300,
    sessionIdleSeconds: 7 * 86_400,
    sessionMaxSeconds: 30 * 86_400,
    refreshGraceSeconds: 30,
    sessionsPerUser: 100,
    secretKeys: SECRET_KEYS,
    loginRatePerMinute: 10_000,
    corsOrigins: ['https://app.example.com'],
    cookieDomain: undefined,
    outbox: createOutbox({ isEnabled: false }),
    ...overrides
  }
  await app.register(authentication, { ...options, authenticator: createAuthenticator(options) })
  return app
}

async function openKeyring (t: Test, database: Database): Promise<Keyring> {
  const keyring = await createKeyring({ database, secretKeys: SECRET_KEYS, algorithm: 'ES256', log: SILENT })
  t.teardown(() => keyring.close())
  return keyring
}

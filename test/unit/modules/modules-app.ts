// The modules on a bare Fastify with a real database, without the routes that issue tokens.
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { v7 as uuidv7 } from 'uuid'
import type { SecondFactorPolicy } from '../../../src/accounts/index.ts'
import { defaultRoles } from '../../../src/contract/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { createLocalKeySource, createVerifier } from '../../../src/edge/index.ts'
import { createFactorServices } from '../../../src/factors/index.ts'
import { createKeyring } from '../../../src/keys/keyring.ts'
import { account, email, me, passkeys, security, stepUp } from '../../../src/modules/account/index.ts'
import { admin } from '../../../src/modules/admin/index.ts'
import { createSessionCheck } from '../../../src/session-verifier.ts'
import { createMailAdmin, createOutbox } from '../../../src/mail/index.ts'
import { createPasskeyServices, createPasskeyVerifier } from '../../../src/passkeys/index.ts'
import { createEmailProofs, createProofSecrets } from '../../../src/proofs/index.ts'
import { createAccountServices } from '../../../src/administration/account-service.ts'
import { createAdminServices } from '../../../src/administration/admin-service.ts'
import { createAuthenticator, createLoginLimiter, createSessionStore, createStepUp, toLoginLimit } from '../../../src/sessions/index.ts'
import { createBareApp } from '../../support/app.ts'
import { SILENT } from '../../support/silent-log.ts'
import { bearer, testKey, AUDIENCE, ISSUER } from '../../support/tokens.ts'
import { createUser, hasher } from '../../support/users.ts'

const keys = createLocalKeySource([testKey])
export const SECRET_KEY = Buffer.alloc(32, 7)

const relyingParty = { rpId: new URL(ISSUER).hostname, origins: [ISSUER] }

/** Those of the app: what its mails would say. */
export const proofSecrets = createProofSecrets({ secretKeys: [SECRET_KEY], issuer: ISSUER })

/**
 * @param t closes the app
 * @param database migrated
 * @param overrides another hasher, another rate of attempts, settings of second factors; `hasMail`: default yes
 */
export async function createModulesApp (
  t: Test, database: Database,
  { adminStepUp = 'factor', hasMail = true, secondFactor = 'optional', ...overrides }: {
    hasher?: typeof hasher
    loginRatePerMinute?: number
    adminStepUp?: 'off' | 'factor' | 'always'
    hasMail?: boolean
    secondFactor?: SecondFactorPolicy
  } = {}
): Promise<FastifyInstance> {
  const options = {
    database,
    hasher,
    passwordMinLength: 8,
    sessionIdleSeconds: 86_400,
    roles: defaultRoles,
    secretKeys: [SECRET_KEY],
    outbox: createOutbox({ isEnabled: hasMail }),
    secrets: proofSecrets,
    loginRatePerMinute: 10_000,
    issuer: ISSUER,
    audiences: [AUDIENCE],
    accessTtlSeconds: 300,
    sessionMaxSeconds: 86_400,
    refreshGraceSeconds: 30,
    sessionsPerUser: 100,
    corsOrigins: [],
    cookieDomain: undefined,
    ...overrides
  }
  const loginLimiter = createLoginLimiter(toLoginLimit(options.loginRatePerMinute))
  const checkSession = createSessionCheck(createSessionStore({ ...options, secretKeys: [] }))
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, roles: defaultRoles, keys, checkSession })
  const keyring = await createKeyring({ database, secretKeys: [SECRET_KEY], algorithm: 'ES256', log: SILENT })
  t.teardown(() => keyring.close())
  const app = await createBareApp(t)
  const passkeyOptions = { ...options, relyingParty, appName: 'Example' }
  const passkeyVerifier = createPasskeyVerifier(passkeyOptions)
  const { check } = createAuthenticator({ ...options, keyring })
  const stepUpOptions = { ...options, keyring, loginLimiter, check, tellsUsers: hasMail }
  await app.register(me, { verifier })
  await app.register(stepUp, { verifier, stepUp: createStepUp(stepUpOptions), passkeys: passkeyVerifier })
  await app.register(passkeys, { verifier, passkeysFor: createPasskeyServices({ ...passkeyOptions, secondFactor: 'optional' }) })
  await app.register(account, { verifier, accountFor: createAccountServices({ ...options, loginLimiter }) })
  await app.register(email, { verifier, emailProofsFor: createEmailProofs(options) })
  const factorsFor = createFactorServices({ ...options, secondFactor, appName: 'gatepass', rpId: 'example.com' })
  await app.register(security, { verifier, factorsFor, rpId: 'example.com' })
  const mails = createMailAdmin(database, options.outbox)
  await app.register(admin, { verifier, keyring, mails, adminFor: createAdminServices(options), stepUp: adminStepUp })
  return app
}

export interface TestUser {
  id: string
  sessionId: string
  authorization: string
}

/** Creates a user with an active session and an access token. */
export async function createTestUser (database: Database, email: string, role = 'user'): Promise<TestUser> {
  const id = await createUser(database, email, role)
  const sessionId = await createSession(database, id)
  return { id, sessionId, authorization: bearer({ sub: id, role, sid: sessionId }) }
}

/** Inserts an active session, as a login does. */
export async function createSession (database: Database, userId: string, { userAgent = 'phone' } = {}): Promise<string> {
  const id = uuidv7()
  const now = new Date()
  const later = new Date(now.getTime() + 86_400_000)
  await database.kysely.insertInto('sessions').values({
    id,
    user_id: userId,
    rotated_at: now,
    created_at: now,
    expires_at: later,
    access_until: later,
    last_seen_on: now.toISOString().slice(0, 10),
    user_agent: userAgent,
    ip: '192.0.2.1'
  }).execute()
  return id
}

/** @returns a function that makes requests with the token of a user, and with a JSON body */
export function requestAs (app: FastifyInstance, { authorization }: Pick<TestUser, 'authorization'>) {
  return (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', url: string, body?: unknown) => app.inject({
    method,
    url,
    headers: { authorization, 'user-agent': 'test', ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
    remoteAddress: '192.0.2.7'
  })
}

import Fastify, { type FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { Config } from './config/index.ts'
import { argon2Build } from './passwords/index.ts'
import { isDatabaseUnavailable, isInvalidText } from './database/index.ts'
import { createDenyList, createLocalKeySource, createVerifier, type AnyRoles, type TokenVerifier } from './edge/index.ts'
import { CredentialStoreUnavailableError, InvalidRequestError, InvalidTargetError, type PublicError } from './errors.ts'
import {
  createHomePage, deadline, docs, drain, headers, health, loadShedding, metrics, notFound, openapi, problem, problemPages, rejectAtOnce,
  serverOptions, standardOutputLog, strictRequest, trace
} from './http/index.ts'
import { wellKnown } from './keys/index.ts'
import { createMailAdmin } from './mail/index.ts'
import { account, email, me, passkeys, security, stepUp } from './modules/account/index.ts'
import { admin } from './modules/admin/index.ts'
import { check } from './modules/check/index.ts'
import { devMails } from './modules/inbox/index.ts'
import type { Dependencies } from './dependencies.ts'
import { packageVersion } from './package.ts'
import { accountPages } from './pages/index.ts'
import { createPasskeyServices, createPasskeyVerifier, passkeyLogin, reportPasskeys } from './passkeys/index.ts'
import { createEmailProofs, createProofSecrets, passwordReset, registration } from './proofs/index.ts'
import { teamModules, type Module } from './team-modules.ts'
import { openRoles, reportRoles, type ServiceRoles } from './roles.ts'
import { createCodeVerifier, createFactorServices, reportUnreadableSecrets } from './factors/index.ts'
import { createFeedCounters, revocationFeed } from './feed/index.ts'
import { createSessionCheck } from './session-verifier.ts'
import {
  authentication, createAuthenticator, createLoginLimiter, createRefreshCounters, createSessionCookie, createSessionStore, createStepUp,
  toLoginLimit
} from './sessions/index.ts'
import { createAccountServices, createAdminServices } from './administration/index.ts'

/** Requests in flight have so long to end, once the service closes. */
const CLOSE_GRACE_MS = 8_000

/** After an outage of the database, an instance has so long to catch up with the revocations. */
const CATCH_UP_MS = 10_000

export interface AppOptions {
  /** Instead of those of ROLES_FILE, and of the default ones; `admin` must be among them. */
  roles?: AnyRoles
  /** Modules of a team. Those with tables are given to `openDependencies`, too. */
  modules?: readonly Module[]
  /** Of the paths of these modules, such as `/api`. */
  prefix?: string
  /** Aborted when the process will close the app soon: the app is not ready from then on, and serves what still comes. */
  draining?: AbortSignal
}

/**
 * Composes the service. Every registration names the options that its plugin takes.
 *
 * @param config see `loadConfig`
 * @param dependencies see `openDependencies`; who opened them closes them, after the app
 * @param options what a team adds
 * @returns the app, which is not ready yet: routes and plugins can be added until it listens
 * @throws ConfigError for roles that cannot be used
 */
export async function buildApp (config: Config, dependencies: Dependencies, options: AppOptions = {}): Promise<FastifyInstance> {
  const { draining = new AbortController().signal, modules = [], prefix = '' } = options
  const { host, metricsPort, trustProxy, issuer, audiences, corsOrigins, corsHeaders, cookieDomain, feedTokens } = config
  const { accessTtlSeconds, sessionIdleSeconds, sessionMaxSeconds, refreshGraceSeconds, sessionsPerUser } = config
  const { defaultRole, loginRatePerMinute, passwordMinLength, adminStepUp, secondFactor } = config
  const { database, hasher, keyring, log, mail, mail: { outbox }, revocations, secretKeys } = dependencies
  const app: FastifyInstance = Fastify(serverOptions({ log, trustProxy, draining }))
  const roles = await openRoles(config, options.roles)
  const verifierFor = createOwnVerifiers(config, dependencies, roles)
  const verifier = verifierFor()
  const throttleOptions = { database, secretKeys, loginRatePerMinute }
  // One limiter: logins and password changes count together.
  const loginLimiter = createLoginLimiter(toLoginLimit(loginRatePerMinute))
  const proofSecrets = createProofSecrets({ secretKeys, issuer })
  const feedCounters = createFeedCounters()
  const refreshCounters = createRefreshCounters()
  const cookieOptions = { issuer, corsOrigins, cookieDomain }

  // Cross-cutting plugins: they apply to every route below.
  if (metricsPort !== undefined) {
    const counters = { verifier: verifier.counters, feed: feedCounters, refreshes: refreshCounters, log: standardOutputLog() }
    const build = { version: packageVersion() }
    const mails = config.mail.mode === 'off' ? undefined : mail.counters
    const sources = {
      ...counters, build, hashing: hasher.load, argon2: argon2Build, database: database.load, mail: mails, revocations, keyring
    }
    await app.register(metrics, { host, port: metricsPort, sources })
  }
  await app.register(trace)
  await app.register(problem, { translate })
  await app.register(headers, { corsOrigins, corsHeaders })
  await app.register(deadline, {})
  await app.register(strictRequest)
  await app.register(notFound, { home: createHomePage({ docs: config.docs }) })
  await app.register(drain, { graceMs: CLOSE_GRACE_MS, draining })
  await app.register(loadShedding, {})
  await app.register(rejectAtOnce, { catchUp: () => revocations.catchUp() })
  await app.register(openapi, { issuer, sessionCookie: createSessionCookie(cookieOptions).name, refinements: toRefinements(config, roles) })
  if (config.docs) await app.register(docs)

  // Public routes.
  const outage = { check: 'database', shown: 'down', graceMs: CATCH_UP_MS }
  await app.register(problemPages)
  await app.register(health, { checks: healthChecks(dependencies), outage, isDraining: () => draining.aborted })
  await app.register(wellKnown, { issuer, keyring, hasFeed: feedTokens.length > 0, hasDocs: config.docs })
  const lifetimes = { accessTtlSeconds, sessionIdleSeconds, sessionMaxSeconds, refreshGraceSeconds }
  const passkeyOptions = { ...throttleOptions, issuer, relyingParty: config.passkeys }
  const passkeyVerifier = createPasskeyVerifier(passkeyOptions)
  const factors = { ...createCodeVerifier({ database, secretKeys }), ...passkeyVerifier }
  const authenticatorOptions = { ...throttleOptions, ...cookieOptions, ...lifetimes, audiences, sessionsPerUser, keyring, outbox }
  const authenticator = createAuthenticator({ ...authenticatorOptions, secondFactor, verifier: factors, rpId: config.passkeys.rpId })
  const sessionOptions = { ...throttleOptions, issuer, audiences, hasher, keyring, loginLimiter, tellsUsers: outbox.isEnabled }
  await app.register(authentication, { ...sessionOptions, authenticator, refreshCounters })
  await app.register(passkeyLogin, { ...passkeyOptions, keyring, authenticator })
  const proofOptions = { ...throttleOptions, hasher, outbox, secrets: proofSecrets, passwordMinLength }
  await app.register(registration, { ...proofOptions, registration: config.registration, defaultRole })
  await app.register(passwordReset, proofOptions)
  const { appName, linkUrl } = config.mail
  const pageOptions = { language: dependencies.language, appName, linkUrl, passwordMinLength, registration: config.registration }
  if (outbox.isEnabled) await app.register(accountPages, pageOptions)
  if (mail.inbox !== undefined) await app.register(devMails, { inbox: mail.inbox })

  // For gateways: each request's token.
  await app.register(check, { verifierFor })

  // For services that verify our tokens themselves: opened by a feed token.
  await app.register(revocationFeed, { revocations, keys: keyring, feedTokens, counters: feedCounters, draining })

  // Guarded modules, each guards itself. Register a module of your own in the same way.
  const accountOptions = { ...throttleOptions, hasher, outbox, passwordMinLength, sessionIdleSeconds }
  await app.register(me, { verifier })
  const stepUpOptions = { ...sessionOptions, ...lifetimes, check: authenticator.check, secondFactor }
  await app.register(stepUp, { verifier, stepUp: createStepUp(stepUpOptions), passkeys: passkeyVerifier })
  await app.register(account, { verifier, accountFor: createAccountServices({ ...accountOptions, loginLimiter }) })
  await app.register(email, { verifier, emailProofsFor: createEmailProofs({ ...throttleOptions, outbox, secrets: proofSecrets }) })
  const factorsFor = createFactorServices({ ...throttleOptions, outbox, secondFactor, appName, rpId: config.passkeys.rpId })
  await app.register(security, { verifier, factorsFor, rpId: config.passkeys.rpId })
  await app.register(passkeys, { verifier, passkeysFor: createPasskeyServices({ ...passkeyOptions, outbox, appName, secondFactor }) })
  const services = { mails: createMailAdmin(database, outbox), adminFor: createAdminServices({ ...accountOptions, roles }) }
  await app.register(admin, { verifier, keyring, ...services, stepUp: adminStepUp, secondFactor })

  // Those of the team that embeds the service.
  await app.register(teamModules, { modules, prefix, verifier, database: database.kysely })
  app.addHook('onListen', () => reportRoles(roles, dependencies))
  app.addHook('onListen', () => reportUnreadableSecrets(dependencies))
  app.addHook('onListen', () => reportPasskeys(dependencies, config.passkeys))
  return app
}

/**
 * Creates the verifiers of this process, one for each audience. They are notified of keys and revocations at once, with no feed between.
 *
 * @returns the verifier of an audience, of the default one if there is none; it throws InvalidTargetError for others
 */
function createOwnVerifiers ({ issuer, audiences, sessionIdleSeconds }: Config, dependencies: Dependencies, roles: ServiceRoles) {
  const { database, keyring, revocations, secretKeys } = dependencies
  const keys = createLocalKeySource()
  const denyList = createDenyList()
  keyring.onChange(updateKeys)
  updateKeys(keyring.publishedKeys())
  revocations.subscribeWithReplay(denyList)
  const checkSession = createSessionCheck(createSessionStore({ database, secretKeys, issuer, sessionIdleSeconds }))
  const options = { issuer, roles, keys, denyList, checkSession }
  const verifiers = new Map(audiences.map((audience) => [audience, createVerifier({ ...options, audience })]))

  return function verifierFor (audience = audiences[0]): TokenVerifier {
    const verifier = verifiers.get(audience ?? '')
    if (verifier === undefined) throw new InvalidTargetError()
    return verifier
  }

  function updateKeys ({ jwks, revoked }: ReturnType<Dependencies['keyring']['publishedKeys']>): void {
    for (const kid of revoked) denyList.revokeKey(kid)
    keys.replace(jwks.keys)
  }
}

/** What these settings say of schemas, by the title of the schema. */
function toRefinements ({ audiences, passwordMinLength }: Config, roles: ServiceRoles) {
  return {
    Audience: { examples: audiences.slice(0, 1) },
    NewPassword: { minLength: passwordMinLength },
    Role: { enum: [...roles.names] }
  }
}

/** The service is ready when all of these pass, or all that do not need the database while it is down. */
function healthChecks ({ database, revocations, keyring }: Dependencies) {
  return {
    database: async () => {
      await sql`select 1`.execute(database.kysely)
      return true
    },
    keyring: () => keyring.canSign,
    revocations: () => checkRevocations(revocations),
    clock: () => checkClock(revocations.clockSkew),
    notify: () => revocations.notify
  }
}

/** An instance that has read them once keeps what it knows, and rejects what ended before. */
function checkRevocations ({ isStale, asOf }: Dependencies['revocations']) {
  if (!isStale) return true
  return asOf === undefined ? { reason: 'have never been read' } : { reason: 'were read too long ago', inOutage: 'stale' }
}

/** An instance whose clock is off rejects the tokens that it issues: others should serve instead. */
function checkClock ({ seconds = 0, side }: Dependencies['revocations']['clockSkew']) {
  const direction = side === 'ahead' ? 'ahead of' : 'behind'
  return side === 'none' || { reason: `is ${Math.round(Math.abs(seconds))} s ${direction} that of the database` }
}

/** Maps errors of the database to public ones. */
function translate (error: unknown): PublicError | undefined {
  if (isDatabaseUnavailable(error)) return new CredentialStoreUnavailableError({ cause: error })
  return isInvalidText(error) ? new InvalidRequestError({ cause: error }) : undefined
}

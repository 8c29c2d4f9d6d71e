import Fastify, { type FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import type { Config } from './config/index.ts'
import { defaultRoles } from './contract/index.ts'
import { argon2Build } from './passwords/index.ts'
import { registration } from './accounts/index.ts'
import { isDatabaseUnavailable, isInvalidText } from './database/index.ts'
import { createDenyList, createLocalKeySource, createVerifier, type TokenVerifier } from './edge/index.ts'
import { CredentialStoreUnavailableError, InvalidRequestError, type PublicError } from './errors.ts'
import { deadline, docs, drain, headers, health, strictRequest, standardOutputLog, metrics, notFound, openapi, problem, serverOptions, loadShedding, trace, type MetricsSources } from './http/index.ts'
import { wellKnown } from './keys/index.ts'
import { account, me } from './modules/account/index.ts'
import { admin } from './modules/admin/index.ts'
import type { Dependencies } from './dependencies.ts'
import { createFeedCounters, revocationFeed } from './feed/index.ts'
import { createConfirm } from './session-verifier.ts'
import { authentication, createLoginLimiter, createRefreshCounters, createSessionStore, loginLimitOf } from './sessions/index.ts'
import { createAccounts, createAdministration } from './administration/index.ts'

/** Requests in flight have so long to end, once the service closes. */
const CLOSE_GRACE_MS = 8_000

/**
 * Puts the service together: read it as a table of contents.
 *
 * @param config see `loadConfig`
 * @param parts see `openDependencies`; whoever opened them closes them, after the app
 * @returns the app, ready to listen
 */
export async function buildApp (config: Config, parts: Dependencies): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify(serverOptions({ log: parts.log, trustProxy: config.trustProxy }))
  const verifier = createOwnVerifier(config, parts)
  // Fastify would take it for the level of a plugin's own log.
  const { logLevel, ...settings } = config
  // Logins and changes of a password count together.
  const loginLimiter = createLoginLimiter(loginLimitOf(config.loginRatePerMinute))
  const options = { ...settings, ...parts, loginLimiter, roles: defaultRoles }

  // The dress of every answer.
  const counters = createFeedCounters()
  const refreshCounters = createRefreshCounters()
  if (config.metricsPort !== undefined) await app.register(metrics, { host: config.host, port: config.metricsPort, sources: { ...sourcesOf(parts, verifier), feed: counters, refreshes: refreshCounters, log: standardOutputLog() } })
  await app.register(trace)
  await app.register(problem, { translate })
  await app.register(headers, settings)
  await app.register(deadline, {})
  await app.register(strictRequest)
  await app.register(notFound)
  await app.register(drain, { graceMs: CLOSE_GRACE_MS })
  await app.register(loadShedding, {})
  await app.register(openapi)
  if (config.docs) await app.register(docs)

  // Open to everybody.
  await app.register(health, { checks: checksOf(parts) })
  await app.register(wellKnown, { ...options, hasFeed: config.feedTokens.length > 0 })
  await app.register(authentication, { ...options, refreshCounters })
  await app.register(registration, options)

  // For services that verify our tokens elsewhere.
  await app.register(revocationFeed, { ...options, keys: parts.keyring, counters })

  // Guarded, each by itself. A module of yours is registered like these.
  await app.register(me, { verifier })
  await app.register(account, { verifier, accountOf: createAccounts(options) })
  await app.register(admin, { verifier, keyring: parts.keyring, administrationBy: createAdministration(options) })

  await app.ready()
  return app
}

/** The edge of this process: it learns of keys and revocations as soon as the process does. */
function createOwnVerifier (config: Config, parts: Dependencies): TokenVerifier {
  const { issuer, audience } = config
  const { keyring, revocations } = parts
  const keys = createLocalKeySource()
  const denyList = createDenyList()
  keyring.onChange(learn)
  learn(keyring.state())
  revocations.subscribeWithReplay(denyList)
  return createVerifier({ issuer, audience, roles: defaultRoles, keys, denyList, central: createConfirm(createSessionStore({ ...config, ...parts })) })

  function learn ({ jwks, revoked }: ReturnType<Dependencies['keyring']['state']>): void {
    for (const kid of revoked) denyList.revokeKey(kid)
    keys.replace(jwks.keys)
  }
}

function sourcesOf ({ hasher, database, revocations, keyring }: Dependencies, { counters }: TokenVerifier): MetricsSources {
  return { hashing: hasher.load, argon2: argon2Build, database: database.load, verifier: counters, revocations, keyring }
}

/** What has to work for the service to be ready. */
function checksOf ({ database, revocations, keyring }: Dependencies) {
  return {
    database: async () => {
      await sql`select 1`.execute(database.kysely)
      return true
    },
    keyring: () => keyring.canSign,
    revocations: () => !revocations.isStale,
    clock: () => describeClock(revocations.clockSkew),
    notify: () => revocations.notify
  }
}

/** An instance whose clock is off refuses the tokens that it issues: others can do better. */
function describeClock ({ seconds = 0, side }: Dependencies['revocations']['clockSkew']) {
  return side === 'none' || { reason: `is ${Math.round(Math.abs(seconds))} s ${side === 'ahead' ? 'ahead of' : 'behind'} that of the database` }
}

/** What the errors of the database mean to a client. */
function translate (error: unknown): PublicError | undefined {
  if (isDatabaseUnavailable(error)) return new CredentialStoreUnavailableError({ cause: error })
  return isInvalidText(error) ? new InvalidRequestError({ cause: error }) : undefined
}

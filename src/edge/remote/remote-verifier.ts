import type { FastifyRequest } from 'fastify'
import { MAX_ACCESS_TTL_SECONDS, readBearer } from '../../contract/index.ts'
import type { CurrentUser } from '../../verify/index.ts'
import { createDenyList } from '../../verify/index.ts'
import type { KeySource } from '../../verify/index.ts'
import type { AuthResult } from '../../verify/index.ts'
import type { Verifier } from '../guard.ts'
import type { TokenRejection } from '../../verify/index.ts'
import { createTokenVerifier, type TokenVerifierOptions, type VerifierCounters } from '../../verify/index.ts'
import { createStartupGate } from './startup-gate.ts'
import type { EdgeHealth } from './edge-health.ts'
import type { EdgeLog } from './edge-log.ts'
import { createIssuerState } from './issuer-state.ts'
import type { RevocationOptions } from './remote-feed.ts'
import { systemTime, type Time } from '../../verify/index.ts'
import { createKidFinder } from './unknown-kid.ts'

export interface RemoteVerifierOptions extends Omit<TokenVerifierOptions, 'keys'> {
  keys?: undefined
  /** Ended sessions are refused within milliseconds of their end; without it their tokens are good until they expire. */
  revocations?: false | RevocationOptions
  /** Where to write down what is known, for the next process to begin with. It is believed only where nobody but us or root may write. */
  snapshotFile?: string
  /** Seconds that keys are trusted without the issuer's word for them; a day if not said. */
  maxKeyAge?: number
  log?: EdgeLog
}

/** Verifies the tokens of an issuer in another process. */
export interface RemoteVerifier extends Verifier {
  readonly keys: KeySource
  readonly counters: VerifierCounters
  /** Takes time only for a token under a key that is not known yet, and in the first seconds. Never rejects. */
  verify (token: string): CurrentUser | TokenRejection | Promise<CurrentUser | TokenRejection>
  /** Resolves when there are keys, and the whole feed where there is one, and in any case after five seconds: look at `health()` then. */
  ready (): Promise<void>
  health (): EdgeHealth
  /** Ends all that works in the background, and writes the snapshot. */
  close (): Promise<void>
}

const GRACE_MS = 5000

/**
 * Makes a verifier that knows of the issuer only where it is. It begins to read at once.
 *
 * @param time for tests
 * @throws TypeError for an option that cannot be meant
 */
export function createRemoteVerifier (options: RemoteVerifierOptions, time: Time = systemTime(options.clock)): RemoteVerifier {
  const { issuer, audience, maxTtlSeconds = MAX_ACCESS_TTL_SECONDS, denyList = createDenyList({ clock: time.now, elapsed: time.elapsed, after: time.after }) } = options
  const issuerState = createIssuerState({ ...options, denyList, time, onUpdate: () => boot.check() })
  const { keys } = issuerState
  const boot = createStartupGate({ time, isReady: issuerState.isSynced, graceMs: GRACE_MS })
  const core = createTokenVerifier({ ...options, keys, denyList, clock: time.now })
  const findKid = createKidFinder({ issuer, audience, maxTtlSeconds })
  const notReady = { no_keys: 0, feed_stale: 0 }
  let reconsidered = 0
  issuerState.start()

  return {
    roles: core.roles,
    keys,
    counters: {
      get verified () { return core.counters.verified },
      get cacheHits () { return core.counters.cacheHits },
      get rejected () { return { ...core.counters.rejected, ...notReady, unknown_key: core.counters.rejected.unknown_key - reconsidered } }
    },
    authenticate,
    checkSession: core.checkSession,
    // `request.jwtVerify()` cannot wait: a token under an unknown key is rejected.
    tokens: { keys, toUser: core.toUser, verify: (token) => conclude(core.verify(token)) },
    verify,
    ready: boot.ready,
    health: issuerState.health,
    async close () {
      boot.close()
      await issuerState.close()
    }
  }

  function authenticate (request: FastifyRequest): AuthResult | Promise<AuthResult> {
    const credential = readBearer(request)
    return typeof credential === 'string' ? credential : verify(credential.token)
  }

  function verify (token: string): CurrentUser | TokenRejection | Promise<CurrentUser | TokenRejection> {
    const verdict = core.verify(token)
    if (verdict === 'unknown_key') {
      const asking = ask(token)
      return asking === undefined ? conclude(verdict) : asking.then(() => reconsider(token))
    }
    if (typeof verdict === 'string' || boot.isOpen) return conclude(verdict)
    return boot.wait()?.then(() => conclude(core.verify(token))) ?? conclude(verdict)
  }

  function ask (token: string): Promise<void> | undefined {
    const kid = findKid(token, time.now())
    return kid === undefined ? undefined : keys.requestKey(kid)
  }

  /** The issuer has been asked. At boot, the feed may still be under way. */
  async function reconsider (token: string): Promise<CurrentUser | TokenRejection> {
    reconsidered++
    const verdict = core.verify(token)
    if (typeof verdict === 'string' || boot.isOpen) return conclude(verdict)
    await boot.wait()
    return conclude(core.verify(token))
  }

  /** What is no fault of the token comes in here. */
  function conclude (verdict: CurrentUser | TokenRejection): CurrentUser | TokenRejection {
    if (verdict === 'unknown_key' && keys.status === undefined) {
      reconsidered++
      notReady.no_keys++
      return 'no_keys'
    }
    if (typeof verdict === 'string' || (boot.isOpen && !issuerState.failsClosed())) return verdict
    notReady.feed_stale++
    return 'feed_stale'
  }
}

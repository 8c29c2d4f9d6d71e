import { readBearer, type BearerRequest, type RoleDefinitions } from '../../contract/index.ts'
import { findClaimsFault, findTimeFault, parseClaims, toExpectedClaims, toIdentity, type ExpectedClaims } from '../access-token.ts'
import { decodeSegment, parseHeader } from '../token-segments.ts'
import type { AnyRoles, CurrentUser } from '../current-user.ts'
import { createDenyList } from '../deny-list.ts'
import type { TokenRejection } from '../rejection.ts'
import { createRequestGuard, type RequestGuards } from '../request-guard.ts'
import { systemTime, type Time } from '../time.ts'
import {
  createTokenVerifier, type AuthResult, type CheckSession, type TokenChecks, type TokenVerifierOptions, type VerifierCounters
} from '../token-verifier.ts'
import type { KeySource } from '../verification-keys.ts'
import type { EdgeHealth } from './health.ts'
import { assertRemoteIssuer } from './issuer-metadata.ts'
import { IssuerState } from './issuer-state.ts'
import type { EdgeLog } from './log.ts'
import type { RevocationOptions } from './revocation-options.ts'
import { StartupGate } from './wait-queue.ts'

export interface RemoteVerifierOptions<D extends RoleDefinitions = RoleDefinitions> extends Omit<TokenVerifierOptions<D>, 'keys'> {
  keys?: undefined
  /** With it, tokens of an ended session are rejected within milliseconds; without it they are valid until they expire. */
  revocations?: false | RevocationOptions
  /** Saves keys and revocations for the next process. The file is trusted only if nobody but this user or root can write to it. */
  snapshotFile?: string
  /** How many seconds keys are trusted without the issuer's confirmation; a day by default. */
  maxKeyAge?: number
  log?: EdgeLog
}

/** Verifies the tokens of an issuer in another process. */
export interface RemoteVerifier<C extends string = string, User = CurrentUser> extends RequestGuards<C, User> {
  readonly roles: AnyRoles
  readonly keys: KeySource
  readonly counters: VerifierCounters
  readonly checkSession: CheckSession | undefined
  /** Epoch milliseconds: what the age of a proof is measured by. */
  readonly clock: () => number
  /** For `request.jwtVerify()`, which cannot wait: a token with an unknown key is rejected. */
  readonly tokens: TokenChecks
  /** As `verify`, for the bearer token of a request. */
  authenticate (request: BearerRequest): AuthResult | Promise<AuthResult>
  /** Asynchronous only for a token with an unknown key, and in the first seconds. Never rejects. */
  verify (token: string): CurrentUser | TokenRejection | Promise<CurrentUser | TokenRejection>
  /** Resolves when the keys, and the whole feed if there is one, have been read; after five seconds in any case: check `health()` then. */
  ready (): Promise<void>
  health (): EdgeHealth
  /** Stops all background work and writes the snapshot. */
  close (): Promise<void>
}

const GRACE_MS = 5000

/**
 * Creates a verifier that is given only the issuer's address. It starts to read keys and revocations at once.
 *
 * @param time for tests
 * @throws TypeError for an invalid option
 */
export function createRemoteVerifier (options: RemoteVerifierOptions, time: Time = systemTime(options.clock)): RemoteVerifier {
  assertRemoteIssuer(options.issuer)
  const expected = toExpectedClaims(options)
  const { denyList = createDenyList({ clock: time.now, elapsed: time.elapsed, after: time.after }) } = options
  const issuerState = new IssuerState({ ...options, denyList, time, onUpdate: () => startup.check() })
  const { keys } = issuerState
  const startup = new StartupGate({ time, isReady: () => issuerState.isSynced, graceMs: GRACE_MS })
  const core = createTokenVerifier({ ...options, keys, denyList, clock: time.now })
  const notReady = { no_keys: 0, key_pending: 0, feed_stale: 0 }
  // Results `unknown_key` that were not final, although the counters of `core` include them.
  let retried = 0
  issuerState.start()

  return {
    roles: core.roles,
    keys,
    counters: {
      get verified () { return core.counters.verified },
      get cacheHits () { return core.counters.cacheHits },
      get rejected () { return { ...core.counters.rejected, ...notReady, unknown_key: core.counters.rejected.unknown_key - retried } }
    },
    authenticate,
    checkSession: core.checkSession,
    clock: core.clock,
    tokens: { keys, toUser: core.toUser, verify: (token) => finish(core.verify(token)) },
    verify,
    guard: (options) => createRequestGuard({ roles: core.roles, clock: core.clock, verify: verifyNow }, options),
    ready: () => startup.ready(),
    health: () => issuerState.health,
    async close () {
      startup.open()
      await issuerState.close()
    }
  }

  function authenticate (request: BearerRequest): AuthResult | Promise<AuthResult> {
    const credential = readBearer(request)
    return typeof credential === 'string' ? credential : verify(credential.token)
  }

  function verify (token: string): CurrentUser | TokenRejection | Promise<CurrentUser | TokenRejection> {
    const result = core.verify(token)
    if (result === 'unknown_key') return requestKey(token)?.then(() => retry(token)) ?? finish(result)
    if (typeof result === 'string' || startup.isOpen) return finish(result)
    return startup.wait()?.then(() => finish(core.verify(token))) ?? finish(result)
  }

  /** For guards, which cannot wait: 503 instead, until the fetch that others would wait for is over. */
  function verifyNow (token: string): CurrentUser | TokenRejection {
    const result = core.verify(token)
    if (result !== 'unknown_key' || keys.status === undefined) return finish(result)
    const kid = findPlausibleKid(token, expected, time.now())
    if (kid === undefined || !keys.fetchMissing(kid)) return result
    retried++
    notReady.key_pending++
    return 'key_pending'
  }

  function requestKey (token: string): Promise<void> | undefined {
    const kid = findPlausibleKid(token, expected, time.now())
    return kid === undefined ? undefined : keys.requestKey(kid)
  }

  /** After the keys were fetched again. At startup, the feed may not have been read yet. */
  async function retry (token: string): Promise<CurrentUser | TokenRejection> {
    retried++
    const result = core.verify(token)
    if (typeof result === 'string' || startup.isOpen) return finish(result)
    await startup.wait()
    return finish(core.verify(token))
  }

  /** Turns the result into a 503 if the edge, not the token, is at fault. */
  function finish (result: CurrentUser | TokenRejection): CurrentUser | TokenRejection {
    if (result === 'unknown_key' && keys.status === undefined) {
      retried++
      notReady.no_keys++
      return 'no_keys'
    }
    if (typeof result === 'string' || (startup.isOpen && !issuerState.failsClosed)) return result
    notReady.feed_stale++
    return 'feed_stale'
  }
}

/**
 * Reads the kid of a token with an unknown key. Nothing in such a token can be trusted, but one that would be rejected whatever its
 * signature is not worth a fetch.
 */
function findPlausibleKid (token: string, expected: ExpectedClaims, nowMs: number): string | undefined {
  const [head = '', body = ''] = token.split('.', 2)
  const claims = parseClaims(decodeSegment(body))
  if (claims === undefined || findClaimsFault(claims, expected) !== undefined) return undefined
  return findTimeFault(toIdentity(claims), nowMs) === undefined ? parseHeader(head)?.kid : undefined
}

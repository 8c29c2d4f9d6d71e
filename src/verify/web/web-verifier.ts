import { readRequestBearer, type Capability, type RoleDefinitions, type Roles } from '../../contract/index.ts'
import {
  findClaimsFault, findTimeFault, MAX_TOKEN_LENGTH, parseClaims, toExpectedClaims, toIdentity, toTokenHeader
} from '../access-token.ts'
import { createUserFactory, type AnyRoles, type CurrentUser } from '../current-user.ts'
import { createDenyList } from '../deny-list.ts'
import type { TokenRejection } from '../rejection.ts'
import type { EdgeHealth } from '../remote/health.ts'
import { assertRemoteIssuer } from '../remote/issuer-metadata.ts'
import type { EdgeLog } from '../remote/log.ts'
import { parseRevocationOptions, type RevocationOptions } from '../remote/revocation-options.ts'
import { createUserCheck, type RequestGuardOptions } from '../request-guard.ts'
import { systemTime, type Time } from '../time.ts'
import { TokenCache } from '../token-cache.ts'
import { IssuerPoller } from './issuer-poller.ts'
import { decodeSegment, encodeSegment, isCanonical, type WebKey } from './web-keys.ts'

export interface WebVerifierOptions<D extends RoleDefinitions = RoleDefinitions> {
  /** The issuer's address: https, or http on loopback. */
  issuer: string
  /** `aud` must be exactly this, or one of these. */
  audience: string | readonly string[]
  /** See `defineRoles`. */
  roles: Roles<D> | AnyRoles
  /** With it, tokens of an ended session are rejected after `pollInterval` seconds; without it they are valid until they expire. */
  revocations?: false | WebRevocationOptions
  /** How many verified tokens are cached; 1000 by default. */
  cacheSize?: number
  /** How many seconds keys are trusted without the issuer's confirmation; a day by default. */
  maxKeyAge?: number
  /** The console, by default. */
  log?: EdgeLog
}

export interface WebRevocationOptions extends RevocationOptions {
  /** How many seconds old the known revocations may be while the issuer answers; 5 by default. */
  pollInterval?: number
}

/**
 * Lets a request pass, or rejects. It must be awaited.
 *
 * @returns the user who sent it
 * @throws Rejection, which carries the response
 */
export type WebGuard<User = CurrentUser> = (request: Request) => Promise<User>

/** Verifies the tokens of an issuer, in a runtime that has the Fetch API and the Web Cryptography API and may have nothing else. */
export interface WebVerifier<C extends string = string, User = CurrentUser> {
  /**
   * Makes a guard for some requests.
   *
   * @throws TypeError for a capability that no role has, or a step-up that nobody can meet
   */
  guard (options: RequestGuardOptions<C>): WebGuard<User>
  /** @returns the user of a token, or why the token is rejected; never rejects itself */
  verify (token: string): Promise<User | TokenRejection>
  health (): EdgeHealth
}

interface VerifiedToken {
  readonly token: string
  readonly user: CurrentUser
  readonly key: WebKey
}

const CACHE_SIZE = 1000
const POLL_SECONDS = 5
/** Where there is no feed. */
const KEY_POLL_SECONDS = 300
const DAY_SECONDS = 86_400

const consoleLog: EdgeLog = {
  info () {},
  warn: (details, sentence) => console.warn(sentence, 'err' in details && details.err instanceof Error ? details.err.message : '')
}

/**
 * Creates a verifier that is given only the issuer's address. It does nothing until the first request, and nothing between requests:
 * keys and revocations are read, as JSON, while a request waits.
 *
 * @param time for tests
 * @throws TypeError for an invalid option
 */
export function createVerifier<D extends RoleDefinitions> (
  options: WebVerifierOptions<D>, time?: Time
): WebVerifier<Capability<D>, CurrentUser<D>>
export function createVerifier (options: WebVerifierOptions, time: Time = systemTime()): WebVerifier {
  const { issuer, roles, revocations = false, cacheSize = CACHE_SIZE, maxKeyAge = DAY_SECONDS, log = consoleLog } = options
  const expected = toExpectedClaims(options)
  assertRemoteIssuer(issuer)
  const { pollInterval = POLL_SECONDS } = revocations === false ? { pollInterval: KEY_POLL_SECONDS } : revocations
  assertSeconds({ pollInterval, maxKeyAge })
  const feed = revocations === false ? undefined : parseRevocationOptions(revocations)
  // Nothing runs between requests: instead of a timer, an update has the list swept.
  let sweep = (): void => {}
  const after: Time['after'] = (_delayMs, callback) => {
    sweep = callback
    return () => {}
  }
  const denyList = createDenyList({ clock: time.now, elapsed: time.elapsed, after })
  const poller = new IssuerPoller({
    issuer, feed, intervalMs: pollInterval * 1000, maxKeyAgeMs: maxKeyAge * 1000, denyList, time, log, onUpdate: () => sweep()
  })
  const createUser = createUserFactory(roles)
  const cache = new TokenCache<VerifiedToken>(cacheSize)
  return { guard, verify, health: () => poller.health }

  function guard (options: RequestGuardOptions): WebGuard {
    const checkUser = createUserCheck({ roles, clock: time.now }, options)
    return async function guardRequest (request) {
      const credential = readRequestBearer(request)
      return checkUser(typeof credential === 'string' ? credential : await verify(credential.token))
    }
  }

  async function verify (token: string): Promise<CurrentUser | TokenRejection> {
    await poller.update()
    let result = await check(token)
    if (result === 'unknown_key' && poller.hasKeys) {
      await poller.updateForKey()
      result = await check(token)
    }
    if (result === 'unknown_key' && !poller.hasKeys) return 'no_keys'
    if (typeof result === 'string') return result
    return poller.failsClosed ? 'feed_stale' : result.user
  }

  async function check (token: string): Promise<VerifiedToken | TokenRejection> {
    const cached = cache.get(token)
    // A verified signature stays valid for as long as the same key object is trusted.
    const isCached = cached !== undefined && poller.find(cached.key.kid) === cached.key
    const result = isCached ? cached : await verifyUncached(token)
    if (typeof result === 'string') return result
    const reason = findTimeFault(result.user, time.now()) ?? denyList.findReason(result.user, result.key.kid)
    if (reason !== undefined) {
      if (isCached) cache.demote(token)
      return reason
    }
    if (!isCached) cache.set(result)
    return result
  }

  /** The same checks as on Node. The claims come first where the key is not known, so that the issuer is not asked for a useless token. */
  async function verifyUncached (token: string): Promise<VerifiedToken | TokenRejection> {
    if (token.length > MAX_TOKEN_LENGTH) return 'malformed'
    const [head, body, signature, ...more] = token.split('.', 4)
    if (head === undefined || body === undefined || signature === undefined || more.length > 0) return 'malformed'
    if (!isCanonical(signature)) return 'malformed'
    const header = toTokenHeader(decodeSegment(head))
    if (header === undefined) return 'header'
    const key = poller.find(header.kid)
    if (key === undefined) return (poller.hasKeys ? findFault(decodeSegment(body)) : undefined) ?? 'unknown_key'
    if (key.alg !== header.alg) return 'header'
    const payload = await key.findPayload(token)
    if (payload === undefined) return 'signature'
    if (encodeSegment(payload) !== body) return 'malformed'
    const claims = parseClaims(payload)
    if (claims === undefined) return 'claims'
    return findClaimsFault(claims, expected) ?? { token, user: createUser(toIdentity(claims)), key }
  }

  function findFault (payload: unknown): TokenRejection | undefined {
    const claims = parseClaims(payload)
    return claims === undefined ? 'claims' : findClaimsFault(claims, expected) ?? findTimeFault(toIdentity(claims), time.now())
  }
}

function assertSeconds (options: Readonly<Record<string, number>>): void {
  for (const [name, seconds] of Object.entries(options)) {
    if (typeof seconds !== 'number' || !(seconds > 0)) throw new TypeError(`${name} must be a number of seconds`)
  }
}

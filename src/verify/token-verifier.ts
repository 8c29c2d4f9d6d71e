import type { FastifyRequest } from 'fastify'
import { MAX_ACCESS_TTL_SECONDS, readBearer } from '../contract/index.ts'
import { InvalidTokenError } from '../errors.ts'
import { findFault, findTimeFault, parseClaims, toIdentity } from './claims.ts'
import { createUserFactory, type AnyRoles, type CurrentUser } from './current-user.ts'
import { createDenyList, type DenyList } from './deny-list.ts'
import { createHeaderCache } from './header.ts'
import { jwtOptions } from './jwt-options.ts'
import type { KeySource } from './verification-keys.ts'
import type { Confirm, Verdict, Verifier } from './verifier.ts'
import { TOKEN_REFUSALS, type TokenRefusal } from './rejection.ts'
import { encodeSegment, isCanonical } from './segment.ts'
import type { VerifyingKey } from './signature.ts'
import { createTokenCache, type Cacheable } from './token-cache.ts'

export interface TokenVerifierOptions {
  /** Compared exactly with `iss`. */
  issuer: string
  /** Compared exactly with `aud`. */
  audience: string
  /** See `defineRoles`. */
  roles: AnyRoles
  keys: KeySource
  /** Whoever holds it tells it what is taken back. */
  denyList?: DenyList
  /** What routes with `freshness: 'central'` ask; without it none boots. */
  central?: Confirm | undefined
  /** The longest life of a token that is accepted, at most an hour, which is the default. */
  maxTtlSeconds?: number
  /** How many verified tokens are remembered; 10,000 if not said. */
  cacheSize?: number
  /** Epoch milliseconds. */
  clock?: () => number
}

/** Plain numbers, for whoever collects them. */
export interface VerifierCounters {
  /** Accepted after a signature check. */
  readonly verified: number
  /** Accepted from memory. */
  readonly remembered: number
  readonly refused: Readonly<Record<TokenRefusal, number>>
}

/** One for a process: its keys, its memory and its deny list are shared by all modules. */
export interface TokenVerifier extends Verifier {
  readonly keys: KeySource
  readonly counters: VerifierCounters
  /** Synchronous. */
  authenticate (request: FastifyRequest): Verdict
  /** Who a token speaks of, or why it is refused; never throws. */
  verify (token: string): CurrentUser | TokenRefusal
  /** Who claims of a verified token speak of; throws InvalidTokenError where they are not the claims of one. */
  toUser (payload: unknown): CurrentUser
}

interface Verified extends Cacheable {
  readonly user: CurrentUser
  readonly key: VerifyingKey
}

const MAX_TOKEN_LENGTH = 4096
const CACHE_SIZE = 10_000

/**
 * Makes the part that decides about tokens (RFC 9068 4, RFC 8725).
 *
 * @throws TypeError for an option that cannot be meant
 */
export function createTokenVerifier ({ issuer, audience, roles, keys, clock = Date.now, denyList = createDenyList({ clock }), central, maxTtlSeconds = MAX_ACCESS_TTL_SECONDS, cacheSize = CACHE_SIZE }: TokenVerifierOptions): TokenVerifier {
  assertOptions({ issuer, audience, maxTtlSeconds, cacheSize })
  const expected = { issuer, audience, maxTtlSeconds }
  const userOf = createUserFactory(roles)
  const headers = createHeaderCache()
  const cache = createTokenCache<Verified>(cacheSize)
  const refused = Object.fromEntries(TOKEN_REFUSALS.map((reason) => [reason, 0])) as Record<TokenRefusal, number>
  const counters = { verified: 0, remembered: 0, refused }
  return { roles, keys, counters, authenticate, confirm: central, jwt: jwtOptions({ keys, verify, toUser }), verify, toUser }

  function authenticate (request: FastifyRequest): Verdict {
    const credential = readBearer(request)
    return typeof credential === 'string' ? credential : verify(credential.token)
  }

  function verify (token: string): CurrentUser | TokenRefusal {
    const known = recall(token)
    const verdict = recheck(known ?? inspect(token))
    if (typeof verdict === 'string') {
      counters.refused[verdict]++
      // Whoever shows it again and again keeps no place that others need.
      if (known !== undefined) cache.demote(token)
      return verdict
    }
    if (known !== undefined) counters.remembered++
    else {
      counters.verified++
      cache.set(verdict)
    }
    return verdict.user
  }

  /** A good signature stays good for as long as its very key is trusted. */
  function recall (token: string): Verified | undefined {
    const known = cache.get(token)
    return known !== undefined && keys.find(known.key.kid) === known.key ? known : undefined
  }

  /** What can change while a token is remembered, so it is looked at on every request. */
  function recheck (verdict: Verified | TokenRefusal): Verified | TokenRefusal {
    if (typeof verdict === 'string') return verdict
    const { user, key } = verdict
    return findTimeFault(user, clock()) ?? denyList.findReason(user, key.kid) ?? verdict
  }

  function inspect (token: string): Verified | TokenRefusal {
    if (token.length > MAX_TOKEN_LENGTH) return 'malformed'
    const [head, body, signature, ...more] = token.split('.', 4)
    if (head === undefined || body === undefined || signature === undefined || more.length > 0 || !isCanonical(signature)) return 'malformed'
    const header = headers.parse(head)
    if (header === undefined) return 'header'
    const key = keys.find(header.kid)
    if (key === undefined) return 'unknown_key'
    if (key.alg !== header.alg) return 'header'
    const payload = payloadOf(token, key)
    if (payload === undefined) return 'signature'
    headers.keep(head, header)
    if (encodeSegment(payload) !== body) return 'malformed'
    const claims = parseClaims(payload)
    if (claims === undefined) return 'claims'
    return findFault(claims, expected) ?? { token, user: userOf(toIdentity(claims)), key }
  }

  function toUser (payload: unknown): CurrentUser {
    const claims = parseClaims(payload)
    if (claims === undefined || findFault(claims, expected) !== undefined) throw new InvalidTokenError()
    const user = userOf(toIdentity(claims))
    if (findTimeFault(user, clock()) !== undefined) throw new InvalidTokenError()
    return user
  }
}

/** Undefined where the signature is not good; JSON knows no undefined. */
function payloadOf (token: string, key: VerifyingKey): unknown {
  try {
    return key.verify(token)
  } catch {
    return undefined
  }
}

function assertOptions ({ issuer, audience, maxTtlSeconds, cacheSize }: Required<Pick<TokenVerifierOptions, 'issuer' | 'audience' | 'maxTtlSeconds' | 'cacheSize'>>): void {
  if (typeof issuer !== 'string' || issuer === '') throw new TypeError('createVerifier needs an issuer')
  if (typeof audience !== 'string' || audience === '') throw new TypeError('createVerifier needs an audience')
  if (!Number.isInteger(maxTtlSeconds) || maxTtlSeconds < 1 || maxTtlSeconds > MAX_ACCESS_TTL_SECONDS) {
    throw new TypeError(`maxTtlSeconds must be an integer from 1 to ${MAX_ACCESS_TTL_SECONDS}`)
  }
  if (!Number.isInteger(cacheSize) || cacheSize < 0) throw new TypeError('cacheSize must be a whole number of tokens')
}

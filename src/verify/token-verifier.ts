import { readBearer, type BearerRequest, type RoleDefinitions, type Roles } from '../contract/index.ts'
import { InvalidTokenError } from '../errors.ts'
import { findClaimsFault, findTimeFault, MAX_TOKEN_LENGTH, parseClaims, toExpectedClaims, toIdentity } from './access-token.ts'
import { encodeSegment, HeaderCache, isCanonical } from './token-segments.ts'
import { createUserFactory, type AnyRoles, type CurrentUser } from './current-user.ts'
import { createDenyList, type DenyList } from './deny-list.ts'
import { TOKEN_REJECTIONS, type RejectionReason, type TokenRejection } from './rejection.ts'
import { createRequestGuard, type RequestGuards } from './request-guard.ts'
import { TokenCache, type Cacheable } from './token-cache.ts'
import type { KeySource, VerifyingKey } from './verification-keys.ts'

/** The user who sent a request, or why the request is rejected. */
export type AuthResult = CurrentUser | RejectionReason

/** Asks the session store whether the session of an authenticated user is still active. If it rejects, the request is denied. */
export type CheckSession = (user: CurrentUser) => Promise<AuthResult>

export interface TokenVerifierOptions<D extends RoleDefinitions = RoleDefinitions> {
  /** Compared exactly with `iss`. */
  issuer: string
  /** `aud` must be exactly this, or one of these. */
  audience: string | readonly string[]
  /** See `defineRoles`. */
  roles: Roles<D> | AnyRoles
  keys: KeySource
  /** Its owner adds what is revoked. */
  denyList?: DenyList
  /** What routes with `freshness: 'central'` call; without it such a route does not boot. */
  checkSession?: CheckSession | undefined
  /** The longest lifetime of a token that is accepted, at most an hour, which is the default. */
  maxTtlSeconds?: number
  /** How many verified tokens are cached; 10,000 by default. */
  cacheSize?: number
  /** Epoch milliseconds. */
  clock?: () => number
}

/** Plain numbers, for metrics to collect. */
export interface VerifierCounters {
  /** Accepted after a signature check. */
  readonly verified: number
  /** Accepted from the cache. */
  readonly cacheHits: number
  readonly rejected: Readonly<Record<TokenRejection, number>>
}

/** Synchronous checks of one token, without a request. */
export interface TokenChecks {
  readonly keys: KeySource
  /** @returns the user of a token, or why the token is rejected; never throws */
  verify (token: string): CurrentUser | TokenRejection
  /**
   * @param payload the claims of a token with a valid signature
   * @throws InvalidTokenError where the claims are not valid now
   */
  toUser (payload: unknown): CurrentUser
}

/** One for a process: all modules share its keys, its cache and its deny list. */
export interface TokenVerifier<C extends string = string, User = CurrentUser> extends TokenChecks, RequestGuards<C, User> {
  readonly roles: AnyRoles
  readonly counters: VerifierCounters
  readonly checkSession: CheckSession | undefined
  /** Epoch milliseconds: what the age of a proof is measured by. */
  readonly clock: () => number
  /** This verifier itself, for `request.jwtVerify()`. */
  readonly tokens: TokenChecks
  authenticate (request: BearerRequest): AuthResult
}

interface VerifiedToken extends Cacheable {
  readonly user: CurrentUser
  readonly key: VerifyingKey
}

const CACHE_SIZE = 10_000

/**
 * Creates a verifier of access tokens (RFC 9068 4, RFC 8725).
 *
 * @throws TypeError for an invalid option
 */
export function createTokenVerifier (options: TokenVerifierOptions): TokenVerifier {
  const { issuer, audience, roles, keys, checkSession, clock = Date.now } = options
  const { maxTtlSeconds, cacheSize = CACHE_SIZE, denyList = createDenyList({ clock }) } = options
  const expected = toExpectedClaims({ issuer, audience, maxTtlSeconds })
  const createUser = createUserFactory(roles)
  const headers = new HeaderCache()
  const cache = new TokenCache<VerifiedToken>(cacheSize)
  const rejected = Object.fromEntries(TOKEN_REJECTIONS.map((reason) => [reason, 0])) as Record<TokenRejection, number>
  const counters = { verified: 0, cacheHits: 0, rejected }
  const tokens = { keys, verify, toUser }
  return {
    ...tokens,
    tokens,
    roles,
    counters,
    checkSession,
    clock,
    authenticate,
    guard: (options) => createRequestGuard({ roles, clock, verify }, options)
  }

  function authenticate (request: BearerRequest): AuthResult {
    const credential = readBearer(request)
    return typeof credential === 'string' ? credential : verify(credential.token)
  }

  function verify (token: string): CurrentUser | TokenRejection {
    const cached = getCached(token)
    const result = checkRevocation(cached ?? verifyUncached(token))
    if (typeof result === 'string') {
      counters.rejected[result]++
      // A rejected token that is sent again and again must not displace accepted ones.
      if (cached !== undefined) cache.demote(token)
      return result
    }
    if (cached !== undefined) counters.cacheHits++
    else {
      counters.verified++
      cache.set(result)
    }
    return result.user
  }

  /** A verified signature stays valid for as long as the same key object is trusted. */
  function getCached (token: string): VerifiedToken | undefined {
    const cached = cache.get(token)
    return cached !== undefined && keys.find(cached.key.kid) === cached.key ? cached : undefined
  }

  /** What can change while a token is cached: its times and its revocation are checked on every request. */
  function checkRevocation (result: VerifiedToken | TokenRejection): VerifiedToken | TokenRejection {
    if (typeof result === 'string') return result
    const { user, key } = result
    return findTimeFault(user, clock()) ?? denyList.findReason(user, key.kid) ?? result
  }

  function verifyUncached (token: string): VerifiedToken | TokenRejection {
    if (token.length > MAX_TOKEN_LENGTH) return 'malformed'
    const [head, body, signature, ...more] = token.split('.', 4)
    if (head === undefined || body === undefined || signature === undefined || more.length > 0) return 'malformed'
    if (!isCanonical(signature)) return 'malformed'
    const header = headers.parse(head)
    if (header === undefined) return 'header'
    const key = keys.find(header.kid)
    if (key === undefined) return 'unknown_key'
    if (key.alg !== header.alg) return 'header'
    const payload = findPayload(token, key)
    if (payload === undefined) return 'signature'
    headers.set(head, header)
    if (encodeSegment(payload) !== body) return 'malformed'
    const claims = parseClaims(payload)
    if (claims === undefined) return 'claims'
    return findClaimsFault(claims, expected) ?? { token, user: createUser(toIdentity(claims)), key }
  }

  function toUser (payload: unknown): CurrentUser {
    const claims = parseClaims(payload)
    if (claims === undefined || findClaimsFault(claims, expected) !== undefined) throw new InvalidTokenError()
    const user = createUser(toIdentity(claims))
    if (findTimeFault(user, clock()) !== undefined) throw new InvalidTokenError()
    return user
  }
}

/** Undefined where the signature is not valid; no JSON payload is undefined. */
function findPayload (token: string, key: VerifyingKey): unknown {
  try {
    return key.verify(token)
  } catch {
    return undefined
  }
}

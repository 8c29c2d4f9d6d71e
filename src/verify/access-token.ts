import {
  ACR_VALUES, CLIENT_ID, CLOCK_LEEWAY_SECONDS, findCustomClaimsFault, MAX_ACCESS_TTL_SECONDS, parseScope, ROLE_PATTERN, TOKEN_TYPE, toLevel,
  UUID_PATTERN, type AccessClaims, type Acr, type CustomClaims
} from '../contract/index.ts'
import type { Identity } from './current-user.ts'
import type { TokenRejection } from './rejection.ts'

export interface TokenHeader {
  readonly alg: string
  readonly kid: string
}

/** What `iss`, `aud` and the lifetime of a token are compared with. */
export interface ExpectedClaims {
  issuer: string
  audiences: readonly string[]
  maxTtlSeconds: number
}

interface ExpectedClaimsOptions {
  issuer: string
  audience: string | readonly string[]
  maxTtlSeconds?: number | undefined
}

/** In characters. */
export const MAX_TOKEN_LENGTH = 4096
const HEADER_MEMBERS = 3
const CLAIMS: ReadonlySet<string> = new Set([
  'iss', 'aud', 'sub', 'role', 'sid', 'jti', 'iat', 'exp', 'client_id', 'auth_time', 'acr', 'scope', 'ext'
])

/**
 * @param options of a verifier; a JavaScript caller may have given anything
 * @throws TypeError
 */
export function toExpectedClaims ({ issuer, audience, maxTtlSeconds = MAX_ACCESS_TTL_SECONDS }: ExpectedClaimsOptions): ExpectedClaims {
  const audiences: readonly unknown[] = Array.isArray(audience) ? [...audience] : [audience]
  if (audiences.length === 0 || !audiences.every(isText)) throw new TypeError('createVerifier needs an audience, or a list of audiences')
  if (!isText(issuer)) throw new TypeError('createVerifier needs an issuer')
  if (!Number.isInteger(maxTtlSeconds) || maxTtlSeconds < 1 || maxTtlSeconds > MAX_ACCESS_TTL_SECONDS) {
    throw new TypeError(`maxTtlSeconds must be an integer from 1 to ${MAX_ACCESS_TTL_SECONDS}`)
  }
  return { issuer, audiences, maxTtlSeconds }
}

export function isRecord (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @returns the header of a token where it is exactly `alg`, `kid` and an allowed `typ`, else undefined */
export function toTokenHeader (header: unknown): TokenHeader | undefined {
  // No crit, jku, jwk, x5u, zip or b64: a token cannot choose how it is verified.
  if (!isRecord(header) || Object.keys(header).length !== HEADER_MEMBERS) return undefined
  const { alg, kid, typ } = header
  return typeof alg === 'string' && typeof kid === 'string' && typeof typ === 'string' && isAccessTokenType(typ) ? { alg, kid } : undefined
}

/**
 * Parses the claims of an access token (RFC 9068 2.2): each of its type, and no others, because an edge that ignored a claim could take a
 * restricted token for a full one.
 *
 * @param payload the decoded JSON of the token
 * @returns undefined for anything else
 */
export function parseClaims (payload: unknown): AccessClaims | undefined {
  if (!isRecord(payload) || !Object.keys(payload).every((name) => CLAIMS.has(name))) return undefined
  const { iss, aud, sub, role, sid, jti, iat, exp, client_id: clientId } = payload
  if (typeof iss !== 'string' || typeof aud !== 'string' || !isText(clientId)) return undefined
  if (!isUuid(sub) || !isUuid(sid) || !isUuid(jti)) return undefined
  if (typeof role !== 'string' || !ROLE_PATTERN.test(role)) return undefined
  if (!isNumericDate(iat) || !isNumericDate(exp)) return undefined
  const { auth_time: authTime, acr, scope, ext } = payload
  if (!isAbsentOr(isNumericDate, authTime) || !isAbsentOr(isAcr, acr)) return undefined
  if ((authTime === undefined) !== (acr === undefined) || (authTime ?? 0) > iat) return undefined
  // A machine proves no person's presence: it must not pass where a recent proof is asked for.
  if (authTime !== undefined && clientId === sub) return undefined
  if (!isAbsentOr(isScope, scope) || !isAbsentOr(isCustomClaims, ext)) return undefined
  if (scope === undefined ? isScopeRequired(clientId, sub) : clientId === CLIENT_ID) return undefined
  return { iss, aud, sub, role, sid, jti, iat, exp, client_id: clientId, auth_time: authTime, acr, scope, ext }
}

/** A token for another client than ourselves is restricted, unless a machine acts for itself. */
function isScopeRequired (clientId: string, sub: string): boolean {
  return clientId !== CLIENT_ID && clientId !== sub
}

/**
 * Checks what does not depend on the time.
 *
 * @param expected compared exactly
 * @returns why no verifier with these expectations ever accepts the claims; undefined where there is no reason
 */
export function findClaimsFault ({ iss, aud, iat, exp }: AccessClaims, expected: ExpectedClaims): TokenRejection | undefined {
  if (iss !== expected.issuer) return 'issuer'
  if (!expected.audiences.includes(aud)) return 'audience'
  return exp <= iat || exp - iat > expected.maxTtlSeconds ? 'lifetime' : undefined
}

type TokenTimes = Pick<Identity, 'issuedAt' | 'expiresAt'>

/**
 * Checks the times of a token, with a leeway for the clocks on both sides (RFC 9068 4).
 *
 * @param nowMs epoch milliseconds
 */
export function findTimeFault ({ issuedAt, expiresAt }: TokenTimes, nowMs: number): TokenRejection | undefined {
  if (nowMs >= (expiresAt + CLOCK_LEEWAY_SECONDS) * 1000) return 'expired'
  return nowMs < (issuedAt - CLOCK_LEEWAY_SECONDS) * 1000 ? 'issued_in_future' : undefined
}

export function toIdentity ({ sub, role, sid, iat, exp, auth_time: authTime, acr, scope, ext }: AccessClaims): Identity {
  return {
    id: sub,
    role,
    sessionId: sid,
    issuedAt: iat,
    expiresAt: exp,
    authenticatedAt: authTime,
    level: acr && toLevel(acr),
    claims: ext,
    scope: scope === undefined ? undefined : parseScope(scope)
  }
}

/** RFC 9068 4, RFC 7515 4.1.9: media types ignore case, and "application/" may be left out. */
function isAccessTokenType (typ: string): boolean {
  const type = typ.toLowerCase()
  return type === TOKEN_TYPE || type === `application/${TOKEN_TYPE}`
}

function isUuid (value: unknown): value is string {
  return typeof value === 'string' && UUID_PATTERN.test(value)
}

function isNumericDate (value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function isText (value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isAcr (value: unknown): value is Acr {
  return ACR_VALUES.some((acr) => acr === value)
}

function isCustomClaims (value: unknown): value is CustomClaims {
  return findCustomClaimsFault(value) === undefined
}

function isAbsentOr<T> (is: (value: unknown) => value is T, value: unknown): value is T | undefined {
  return value === undefined || is(value)
}

function isScope (value: unknown): value is string {
  return typeof value === 'string' && parseScope(value) !== undefined
}

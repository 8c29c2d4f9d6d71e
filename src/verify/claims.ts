import { CLOCK_LEEWAY_SECONDS, ROLE_PATTERN, UUID_PATTERN, type AccessClaims } from '../contract/index.ts'
import type { Identity } from './current-user.ts'
import type { TokenRefusal } from './rejection.ts'
import { isRecord } from './segment.ts'

const MEMBERS = 9

/**
 * Reads the claims of an access token: all of them, no others, each of its type (RFC 9068 2.2).
 *
 * @param payload what the token's JSON says
 * @returns undefined for anything else
 */
export function parseClaims (payload: unknown): AccessClaims | undefined {
  if (!isRecord(payload) || Object.keys(payload).length !== MEMBERS) return undefined
  const { iss, aud, sub, role, sid, jti, iat, exp, client_id: clientId } = payload
  if (typeof iss !== 'string' || typeof aud !== 'string' || !isText(clientId)) return undefined
  if (!isUuid(sub) || !isUuid(sid) || !isUuid(jti)) return undefined
  if (typeof role !== 'string' || !ROLE_PATTERN.test(role)) return undefined
  if (!isNumericDate(iat) || !isNumericDate(exp)) return undefined
  return { iss, aud, sub, role, sid, jti, iat, exp, client_id: clientId }
}

export interface Expectations {
  issuer: string
  audience: string
  maxTtlSeconds: number
}

/**
 * What claims say that no token accepted here may ever say.
 *
 * @param claims those of a token whose signature is good
 * @param expected compared exactly
 */
export function findFault ({ iss, aud, iat, exp }: AccessClaims, { issuer, audience, maxTtlSeconds }: Expectations): TokenRefusal | undefined {
  if (iss !== issuer) return 'issuer'
  if (aud !== audience) return 'audience'
  return exp <= iat || exp - iat > maxTtlSeconds ? 'lifetime' : undefined
}

/**
 * Why a token is not good now, with the leeway that a clock has on both sides (RFC 9068 4).
 *
 * @param token its times as NumericDate
 * @param nowMs epoch milliseconds
 */
export function findTimeFault ({ issuedAt, expiresAt }: Pick<Identity, 'issuedAt' | 'expiresAt'>, nowMs: number): TokenRefusal | undefined {
  if (nowMs >= (expiresAt + CLOCK_LEEWAY_SECONDS) * 1000) return 'expired'
  return nowMs < (issuedAt - CLOCK_LEEWAY_SECONDS) * 1000 ? 'issued_in_future' : undefined
}

/** Who the claims speak of. */
export function toIdentity ({ sub, role, sid, iat, exp }: AccessClaims): Identity {
  return { id: sub, role, sessionId: sid, issuedAt: iat, expiresAt: exp }
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

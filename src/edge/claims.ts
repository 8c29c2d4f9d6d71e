import { CLOCK_LEEWAY_SECONDS, ROLE_PATTERN, UUID_PATTERN, type AccessClaims } from '../contract/index.ts'
import { type TokenRefusal } from './refusal.ts'
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
 * What claims say that no token accepted here may say. Expiry is not looked at: it is, on every request.
 *
 * @param claims those of a token whose signature is good
 * @param expected compared exactly
 * @param nowMs epoch milliseconds
 */
export function findFault ({ iss, aud, iat, exp }: AccessClaims, { issuer, audience, maxTtlSeconds }: Expectations, nowMs: number): TokenRefusal | undefined {
  if (iss !== issuer) return 'issuer'
  if (aud !== audience) return 'audience'
  if (exp <= iat || exp - iat > maxTtlSeconds) return 'lifetime'
  if ((iat - CLOCK_LEEWAY_SECONDS) * 1000 > nowMs) return 'issued_in_future'
  return undefined
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

import { CLOCK_LEEWAY_SECONDS, ROLE_PATTERN, TOKEN_TYPE, UUID_PATTERN, type AccessClaims } from '../contract/index.ts'
import type { Identity } from './current-user.ts'
import type { TokenRejection } from './rejection.ts'

interface TokenHeader {
  readonly alg: string
  readonly kid: string
}

/** What `iss`, `aud` and the lifetime of a token are compared with. */
export interface ExpectedClaims {
  issuer: string
  audience: string
  maxTtlSeconds: number
}

const HEADER_MEMBERS = 3
const CLAIMS_MEMBERS = 9
const MAX_CACHED_HEADERS = 64

// One shared buffer: each use writes it and reads it back at once. A longer value is truncated, and equals no segment (4 KB at most).
const scratch = Buffer.allocUnsafeSlow(8192)

/**
 * The canonical form of a segment of a token: base64url without padding (RFC 7515 2) of what JSON.stringify writes.
 * A comparison with it rejects what a lenient parser accepts: unused bits, a BOM, invalid UTF-8, duplicate members, white space,
 * other notations of numbers.
 */
export function encodeSegment (value: unknown): string {
  return scratch.toString('base64url', 0, scratch.write(JSON.stringify(value)))
}

/** @returns the value of a canonical segment, undefined for any other */
export function decodeSegment (segment: string): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString())
    return encodeSegment(value) === segment ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether a segment is canonical base64url. */
export function isCanonical (segment: string): boolean {
  return scratch.toString('base64url', 0, scratch.write(segment, 'base64url')) === segment
}

export function isRecord (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** @returns the header where a segment is exactly `alg`, `kid` and an allowed `typ`, else undefined */
export function parseHeader (segment: string): TokenHeader | undefined {
  const header = decodeSegment(segment)
  // No crit, jku, jwk, x5u, zip or b64: a token cannot choose how it is verified.
  if (!isRecord(header) || Object.keys(header).length !== HEADER_MEMBERS) return undefined
  const { alg, kid, typ } = header
  return typeof alg === 'string' && typeof kid === 'string' && typeof typ === 'string' && isAccessTokenType(typ) ? { alg, kid } : undefined
}

/** Parsed headers of verified tokens: an issuer writes one for each of its keys. */
export class HeaderCache {
  readonly #headers = new Map<string, TokenHeader>()

  /** Like `parseHeader`, from the cache where possible. */
  parse (segment: string): TokenHeader | undefined {
    return this.#headers.get(segment) ?? parseHeader(segment)
  }

  /** Only for a token with a valid signature, or an attacker could fill the cache. */
  set (segment: string, header: TokenHeader): void {
    if (this.#headers.has(segment)) return
    // Most of them belong to old keys; a header in use is soon cached again.
    if (this.#headers.size >= MAX_CACHED_HEADERS) this.#headers.clear()
    this.#headers.set(segment, header)
  }
}

/**
 * Parses the claims of an access token: all of them, no others, each of its type (RFC 9068 2.2).
 *
 * @param payload the decoded JSON of the token
 * @returns undefined for anything else
 */
export function parseClaims (payload: unknown): AccessClaims | undefined {
  if (!isRecord(payload) || Object.keys(payload).length !== CLAIMS_MEMBERS) return undefined
  const { iss, aud, sub, role, sid, jti, iat, exp, client_id: clientId } = payload
  if (typeof iss !== 'string' || typeof aud !== 'string' || !isText(clientId)) return undefined
  if (!isUuid(sub) || !isUuid(sid) || !isUuid(jti)) return undefined
  if (typeof role !== 'string' || !ROLE_PATTERN.test(role)) return undefined
  if (!isNumericDate(iat) || !isNumericDate(exp)) return undefined
  return { iss, aud, sub, role, sid, jti, iat, exp, client_id: clientId }
}

/**
 * Checks what does not depend on the time.
 *
 * @param expected compared exactly
 * @returns why no verifier with these expectations ever accepts the claims; undefined where there is no reason
 */
export function findClaimsFault ({ iss, aud, iat, exp }: AccessClaims, expected: ExpectedClaims): TokenRejection | undefined {
  if (iss !== expected.issuer) return 'issuer'
  if (aud !== expected.audience) return 'audience'
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

export function toIdentity ({ sub, role, sid, iat, exp }: AccessClaims): Identity {
  return { id: sub, role, sessionId: sid, issuedAt: iat, expiresAt: exp }
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

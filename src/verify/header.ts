import { TOKEN_TYPE } from '../contract/index.ts'
import { decodeSegment, isRecord } from './segment.ts'

export interface TokenHeader {
  readonly alg: string
  readonly kid: string
}

const MEMBERS = 3
const MAX_KEPT = 64

/** Headers of good tokens: an issuer writes one for each of its keys. */
export interface HeaderCache {
  /** @returns the header where a segment is exactly `alg`, `kid` and an allowed `typ`, else undefined */
  parse (segment: string): TokenHeader | undefined
  /** Of a token whose signature is good: nobody else's header finds a place here. */
  keep (segment: string, header: TokenHeader): void
}

export function createHeaderCache (): HeaderCache {
  const kept = new Map<string, TokenHeader>()
  return {
    parse: (segment) => kept.get(segment) ?? parseHeader(segment),
    keep (segment, header) {
      if (kept.has(segment)) return
      // Those of keys that have long been replaced; one in use is soon here again.
      if (kept.size >= MAX_KEPT) kept.clear()
      kept.set(segment, header)
    }
  }
}

/** @returns the header where a segment is exactly `alg`, `kid` and an allowed `typ`, else undefined */
export function parseHeader (segment: string): TokenHeader | undefined {
  const header = decodeSegment(segment)
  // No crit, jku, jwk, x5u, zip or b64: nothing that could steer us.
  if (!isRecord(header) || Object.keys(header).length !== MEMBERS) return undefined
  const { alg, kid, typ } = header
  return typeof alg === 'string' && typeof kid === 'string' && typeof typ === 'string' && isAccessTokenType(typ) ? { alg, kid } : undefined
}

/** RFC 9068 4, RFC 7515 4.1.9: media types ignore case, and "application/" may be left out. */
function isAccessTokenType (typ: string): boolean {
  const type = typ.toLowerCase()
  return type === TOKEN_TYPE || type === `application/${TOKEN_TYPE}`
}

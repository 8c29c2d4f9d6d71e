import { TOKEN_TYPE } from '../contract/index.ts'
import { decodeSegment, isRecord } from './segment.ts'

export interface TokenHeader {
  readonly alg: string
  readonly kid: string
}

const MEMBERS = 3
const MAX_REMEMBERED = 64

/**
 * Parses header segments. Few differ, so they are remembered, boundedly.
 *
 * @returns a parser: the header where it is exactly `alg`, `kid` and an allowed `typ`, else undefined
 */
export function createHeaderParser (): (segment: string) => TokenHeader | undefined {
  const remembered = new Map<string, TokenHeader>()
  return function parse (segment) {
    const known = remembered.get(segment)
    if (known !== undefined) return known
    const header = parseHeader(segment)
    if (header === undefined) return undefined
    if (remembered.size >= MAX_REMEMBERED) remembered.clear()
    remembered.set(segment, header)
    return header
  }
}

function parseHeader (segment: string): TokenHeader | undefined {
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

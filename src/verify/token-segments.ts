import { toTokenHeader, type TokenHeader } from './access-token.ts'

// The segments of a token as Node reads them; other runtimes have no `Buffer`.

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

/** @returns the header of a canonical segment, see `toTokenHeader` */
export function parseHeader (segment: string): TokenHeader | undefined {
  return toTokenHeader(decodeSegment(segment))
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

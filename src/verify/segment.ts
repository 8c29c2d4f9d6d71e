// Shared, for it is written and read in one go. What would not fit is longer than any segment, and so is what is left of it.
const scratch = Buffer.allocUnsafeSlow(8192)

/**
 * The one spelling of a value as a segment of a token: base64url without padding (RFC 7515 2) of what JSON.stringify writes.
 * Comparing with it refuses in one go what a lenient parser lets pass: unused bits, a BOM, invalid UTF-8, doubled members,
 * white space, other spellings of numbers.
 */
export function encodeSegment (value: unknown): string {
  return scratch.toString('base64url', 0, scratch.write(JSON.stringify(value)))
}

/** @returns the value of a segment in its one spelling, undefined for any other */
export function decodeSegment (segment: string): unknown {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString())
    return encodeSegment(value) === segment ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether a segment of bytes is in its one spelling. */
export function isCanonical (segment: string): boolean {
  return scratch.toString('base64url', 0, scratch.write(segment, 'base64url')) === segment
}

export function isRecord (value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

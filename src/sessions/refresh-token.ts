import { formatAuthenticated, parseAuthenticated, toTextLength, toUuid, toUuidBytes, type DerivedKey } from '../secrets/index.ts'

/** The content of a refresh token. */
export interface RefreshToken {
  /** UUID */
  sessionId: string
  generation: number
}

const VERSION = 1
const BYTES = 1 + 16 + 8
/** Characters of every refresh token. */
export const REFRESH_TOKEN_LENGTH = toTextLength(BYTES)

/**
 * Formats the refresh token of a generation: the same on every instance with the same first key.
 *
 * @param token session id (UUID) and generation
 * @param keys derived keys; the first signs
 * @returns base64url of version, session id, generation and their HMAC
 */
export function formatRefreshToken ({ sessionId, generation }: RefreshToken, keys: readonly DerivedKey[]): string {
  const bytes = Buffer.alloc(BYTES)
  bytes.writeUInt8(VERSION, 0)
  toUuidBytes(sessionId).copy(bytes, 1)
  bytes.writeBigUInt64BE(BigInt(generation), 17)
  return formatAuthenticated(bytes, keys)
}

/**
 * Parses a refresh token.
 *
 * @param text what a client sent
 * @param keys derived keys; each of them verifies
 * @returns undefined for anything but the exact text that `formatRefreshToken` returned
 */
export function parseRefreshToken (text: string, keys: readonly DerivedKey[]): RefreshToken | undefined {
  const bytes = parseAuthenticated(text, BYTES, keys)
  if (bytes === undefined || bytes[0] !== VERSION) return undefined
  return { sessionId: toUuid(bytes.subarray(1, 17)), generation: Number(bytes.readBigUInt64BE(17)) }
}

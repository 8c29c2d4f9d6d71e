import { createHmac, timingSafeEqual } from 'node:crypto'
import type { DerivedKey } from '../secrets/index.ts'

/** The content of a refresh token. */
export interface RefreshToken {
  /** UUID */
  sessionId: string
  generation: number
}

const VERSION = 1
const CLAIMS_BYTES = 1 + 16 + 8
// 160 bits of HMAC-SHA256: the token's length is then a multiple of three bytes, which has one base64url form.
const TAG_BYTES = 20
const TOKEN_BYTES = CLAIMS_BYTES + TAG_BYTES
/** Characters of every refresh token. */
export const REFRESH_TOKEN_LENGTH = TOKEN_BYTES / 3 * 4

/**
 * Formats the refresh token of a generation: the same on every instance with the same first key.
 *
 * @param token session id (UUID) and generation
 * @param keys derived keys; the first signs
 * @returns base64url of version, session id, generation and their HMAC
 */
export function formatRefreshToken ({ sessionId, generation }: RefreshToken, [key]: readonly DerivedKey[]): string {
  if (key === undefined) throw new TypeError('formatRefreshToken needs a key')
  const bytes = Buffer.alloc(CLAIMS_BYTES)
  bytes.writeUInt8(VERSION, 0)
  bytes.write(sessionId.replaceAll('-', ''), 1, 'hex')
  bytes.writeBigUInt64BE(BigInt(generation), 17)
  return Buffer.concat([bytes, computeTag(bytes, key)]).toString('base64url')
}

/**
 * Parses a refresh token.
 *
 * @param text what a client sent
 * @param keys derived keys; each of them verifies
 * @returns undefined for anything but the exact text that `formatRefreshToken` returned
 */
export function parseRefreshToken (text: string, keys: readonly DerivedKey[]): RefreshToken | undefined {
  if (text.length !== REFRESH_TOKEN_LENGTH) return undefined
  const bytes = Buffer.from(text, 'base64url')
  // Node ignores characters outside the alphabet, and accepts the alphabet of base64, so this compares the canonical form.
  if (bytes.length !== TOKEN_BYTES || bytes.toString('base64url') !== text || bytes[0] !== VERSION) return undefined
  const claims = bytes.subarray(0, CLAIMS_BYTES)
  const tag = bytes.subarray(CLAIMS_BYTES)
  if (!keys.some((key) => timingSafeEqual(computeTag(claims, key), tag))) return undefined
  return { sessionId: toUuid(bytes.subarray(1, 17)), generation: Number(bytes.readBigUInt64BE(17)) }
}

function computeTag (claims: Buffer, { key }: DerivedKey): Buffer {
  return createHmac('sha256', key).update(claims).digest().subarray(0, TAG_BYTES)
}

function toUuid (bytes: Buffer): string {
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

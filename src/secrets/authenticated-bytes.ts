// Bytes that we hand out and take back: with an HMAC, in base64url, in one spelling only. A forged text is found without a query.
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { DerivedKey } from './secret-keys.ts'

/** 160 bits of HMAC-SHA256. */
const TAG_BYTES = 20

/** How many characters the text of so many bytes has. */
export function toTextLength (bytes: number): number {
  return Math.ceil((bytes + TAG_BYTES) * 8 / 6)
}

/**
 * @param bytes what the text says; always as many for one purpose
 * @param keys of one purpose; the first one is used
 */
export function formatAuthenticated (bytes: Buffer, [key]: readonly DerivedKey[]): string {
  if (key === undefined) throw new TypeError('formatAuthenticated needs a key')
  return Buffer.concat([bytes, computeTag(bytes, key)]).toString('base64url')
}

/**
 * @param text what a client sent
 * @param length of the bytes
 * @param keys each of them verifies
 * @returns the bytes; undefined for anything but the exact text that `formatAuthenticated` returned
 */
export function parseAuthenticated (text: string, length: number, keys: readonly DerivedKey[]): Buffer | undefined {
  if (text.length !== toTextLength(length)) return undefined
  const all = Buffer.from(text, 'base64url')
  // Node ignores characters outside the alphabet, and accepts the alphabet of base64, so this compares the canonical form.
  if (all.length !== length + TAG_BYTES || all.toString('base64url') !== text) return undefined
  const [bytes, tag] = [all.subarray(0, length), all.subarray(length)]
  return keys.some((key) => timingSafeEqual(computeTag(bytes, key), tag)) ? bytes : undefined
}

/** The 16 bytes of a UUID. */
export function toUuidBytes (id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

/** @param bytes 16 of them */
export function toUuid (bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function computeTag (bytes: Buffer, { key }: DerivedKey): Buffer {
  return createHmac('sha256', key).update(bytes).digest().subarray(0, TAG_BYTES)
}

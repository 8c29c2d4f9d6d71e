import { isUtf8 } from 'node:buffer'

const BYTE_ORDER_MARK = '\uFEFF'

/**
 * Decodes bytes that come from an editor or a shell.
 *
 * @returns the text without a byte order mark; undefined where the bytes are not UTF-8, or contain NUL, as UTF-16 does
 */
export function decodeText (bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes) || bytes.includes(0)) return undefined
  const text = Buffer.from(bytes).toString('utf8')
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}

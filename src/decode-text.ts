import { isUtf8 } from 'node:buffer'

const BYTE_ORDER_MARK = '\uFEFF'

/**
 * Reads bytes that people, or their editors and shells, have written.
 *
 * @returns the text, without the byte order mark that some programs begin it with; undefined where it is not UTF-8: other encodings
 * would be read as something else, and UTF-16 without a mark is told by its NULs
 */
export function decodeText (bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes) || bytes.includes(0)) return undefined
  const text = Buffer.from(bytes).toString('utf8')
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}

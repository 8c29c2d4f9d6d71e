import type { FastifyRequest } from 'fastify'

/** Where a request came from, as far as can be told and may be kept. */
export interface Origin {
  ip: string | null
  /** At most 256 characters, as the client sent it. */
  userAgent: string | null
  /** The one in the log. */
  requestId: string | null
}

const MAX_LENGTH = 256
// Control characters, halves of surrogate pairs, and the line breaks of Unicode: no log and no table needs them.
const UNWANTED = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * Reads where a request came from.
 *
 * @param request `ip` is that of the client as far as TRUST_PROXY goes
 * @returns text that can be stored and shown; what is empty is null
 */
export function toOrigin ({ ip, id, headers }: Pick<FastifyRequest, 'ip' | 'id' | 'headers'>): Origin {
  return { ip: clean(ip), userAgent: clean(headers['user-agent']), requestId: clean(id) }
}

/** Cut first, for the cut may halve a surrogate pair. */
function clean (text: string | undefined): string | null {
  return text?.slice(0, MAX_LENGTH).replace(UNWANTED, '') || null
}

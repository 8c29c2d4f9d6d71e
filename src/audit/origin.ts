import type { FastifyRequest } from 'fastify'

/** The origin of a request; null where it is unknown. */
export interface Origin {
  ip: string | null
  /** At most 256 characters. */
  userAgent: string | null
  /** As in the log. */
  requestId: string | null
}

const MAX_LENGTH = 256
// Control characters, lone surrogates and Unicode line breaks could break a log line, or be refused by the database.
const UNWANTED = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/gu

/**
 * Reads the origin of a request.
 *
 * @param request `ip` is the client's, according to TRUST_PROXY
 * @returns text that can be stored and displayed; empty text becomes null
 */
export function toOrigin ({ ip, id, headers }: Pick<FastifyRequest, 'ip' | 'id' | 'headers'>): Origin {
  return { ip: clean(ip), userAgent: clean(headers['user-agent']), requestId: clean(id) }
}

/** Truncates first, because that may split a surrogate pair. */
function clean (text: string | undefined): string | null {
  return text?.slice(0, MAX_LENGTH).replace(UNWANTED, '') || null
}

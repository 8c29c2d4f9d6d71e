import type { FastifyRequest } from 'fastify'

// RFC 9110 11.1: a scheme ends where its token characters end.
const BEARER_SCHEME = /^bearer(?![\w!#$%&'*+.^`|~-])/i
const AFTER_SCHEME = 'Bearer '.length
const AUTHORIZATION = 'authorization'

/**
 * The token of an Authorization header (RFC 6750 2.1).
 *
 * @param authorization the field's value
 * @returns the token, empty where the form is not `Bearer`, one space, token; undefined for any other scheme
 */
export function parseBearer (authorization: string): string | undefined {
  if (!BEARER_SCHEME.test(authorization)) return undefined
  return authorization[AFTER_SCHEME - 1] === ' ' ? authorization.slice(AFTER_SCHEME) : ''
}

/**
 * Reads the one credential of a request (RFC 6750 2).
 *
 * @param request its header and query; a cookie is none
 * @returns the token, or why there is none to look at
 */
export function readBearer ({ raw: { headers: { authorization }, rawHeaders }, query }: Pick<FastifyRequest, 'raw' | 'query'>): { token: string } | 'missing_token' | 'doubled_credentials' {
  if (authorization === undefined) return 'missing_token'
  if (countAuthorizations(rawHeaders) > 1 || hasAccessToken(query)) return 'doubled_credentials'
  const token = parseBearer(authorization)
  return token === undefined ? 'missing_token' : { token }
}

/** Node keeps the first of two and says nothing, so the raw header tells. */
function countAuthorizations (rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION) count++
  }
  return count
}

/** RFC 6750 2.3: where a token in the address would be; it is never taken. */
function hasAccessToken (query: unknown): boolean {
  return typeof query === 'object' && query !== null && 'access_token' in query
}

// RFC 9110 11.1: a scheme ends where its token characters end.
const BEARER_SCHEME = /^bearer(?![\w!#$%&'*+.^`|~-])/i
const AFTER_SCHEME = 'Bearer '.length
const AUTHORIZATION = 'authorization'

/** What a request of any framework must have to carry a bearer token; Fastify's own has it. */
export interface BearerRequest {
  /** As Node gives them: of two headers with one name, `headers` has the first only. */
  readonly raw: { readonly headers: { readonly authorization?: string | undefined }, readonly rawHeaders: readonly string[] }
  readonly query: unknown
}

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
 * Reads the one bearer token of a request (RFC 6750 2). Cookies are ignored.
 *
 * @returns the token, or why there is none to verify
 */
export function readBearer ({ raw, query }: BearerRequest): { token: string } | 'missing_token' | 'doubled_credentials' {
  const { headers: { authorization }, rawHeaders } = raw
  if (authorization === undefined) return 'missing_token'
  if (countAuthorizations(rawHeaders) > 1 || hasAccessToken(query)) return 'doubled_credentials'
  const token = parseBearer(authorization)
  return token === undefined ? 'missing_token' : { token }
}

/** Node drops all but the first of several Authorization headers, so the raw headers are counted. */
function countAuthorizations (rawHeaders: readonly string[]): number {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length === AUTHORIZATION.length && name.toLowerCase() === AUTHORIZATION) count++
  }
  return count
}

/** RFC 6750 2.3: a token in the URL is never accepted. */
function hasAccessToken (query: unknown): boolean {
  return typeof query === 'object' && query !== null && 'access_token' in query
}

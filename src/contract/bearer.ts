// RFC 9110 11.1: a scheme ends where its token characters end.
const BEARER_SCHEME = /^bearer(?![\w!#$%&'*+.^`|~-])/i
const AFTER_SCHEME = 'Bearer '.length
const AUTHORIZATION = 'authorization'
const ACCESS_TOKEN = 'access_token'

/** What a Fastify request has of a bearer token, and where else it may be. */
export interface BearerRequest {
  /** As Node gives them: of two headers with one name, `headers` has the first only. */
  readonly raw: { readonly headers: { readonly authorization?: string | undefined }, readonly rawHeaders: readonly string[] }
  readonly query: unknown
}

/** An `IncomingMessage` of node:http. Not its type, since other runtimes have none. */
export interface NodeRequest {
  readonly headers: { readonly authorization?: string | undefined }
  readonly rawHeaders: readonly string[]
  readonly url?: string | undefined
}

/** The token of a request, or why there is none to verify. */
type BearerCredential = { token: string } | 'missing_token' | 'doubled_credentials'

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

/** Reads the one bearer token of a Fastify request (RFC 6750 2). Cookies are ignored. */
export function readBearer ({ raw, query }: BearerRequest): BearerCredential {
  const { headers: { authorization }, rawHeaders } = raw
  if (authorization === undefined) return 'missing_token'
  return toCredential(authorization, countAuthorizations(rawHeaders) > 1 || hasMember(query, ACCESS_TOKEN))
}

/**
 * Reads the one bearer token of a request of node:http, or of any framework that has Fetch API requests; else as `readBearer`.
 *
 * @throws TypeError for an object that is neither, so that a request of an unknown kind is never let in
 */
export function readRequestBearer (request: NodeRequest | Request): BearerCredential {
  const { headers, url = '' }: Partial<NodeRequest | Request> = request
  if (headers instanceof Headers) {
    const authorization = headers.get(AUTHORIZATION)
    if (authorization === null) return 'missing_token'
    // The Fetch API joins the values of several headers, and no token contains a comma.
    return toCredential(authorization, authorization.includes(',') || isInQuery(url))
  }
  if (!('rawHeaders' in request)) throw new TypeError('a guard takes an IncomingMessage of node:http, or a Request of the Fetch API')
  const { headers: { authorization }, rawHeaders } = request
  if (authorization === undefined) return 'missing_token'
  return toCredential(authorization, countAuthorizations(rawHeaders) > 1 || isInQuery(url))
}

function toCredential (authorization: string, isDoubled: boolean): BearerCredential {
  if (isDoubled) return 'doubled_credentials'
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
function isInQuery (url: string): boolean {
  const start = url.indexOf('?')
  return start >= 0 && new URLSearchParams(url.slice(start)).has(ACCESS_TOKEN)
}

function hasMember (query: unknown, name: string): boolean {
  return typeof query === 'object' && query !== null && name in query
}

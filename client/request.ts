import type { paths } from './api.ts'
import { parseRetryAfter, toError } from './errors.ts'
import type { LoginPath } from './login.ts'
import type { Fetch } from './platform.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Called by the methods of a login, `logout`, `stepUp` and the refreshes only. */
type SessionPath = LoginPath | '/auth/refresh' | '/auth/logout' | '/auth/step-up'

/** Paths of the OpenAPI document that take the method. */
export type PathOf<M extends Method> = {
  [P in keyof paths]: Operation<M, P> extends { responses: object } ? P : never
}[Exclude<keyof paths, SessionPath>]

type Operation<M extends Method, P extends keyof paths> = paths[P][Lowercase<M>]

/** The parameters and the body of an operation. */
export type RequestOptions<O> = PathPart<O> & QueryPart<O> & BodyPart<O> & { signal?: AbortSignal }

type PathPart<O> = O extends { parameters: { path: infer V extends object } } ? { path: V } : { path?: never }
type QueryPart<O> = O extends { parameters: { query: infer V extends object } }
  ? { query: V }
  : O extends { parameters: { query?: infer V } } ? { query?: Exclude<V, undefined> } : { query?: never }
type BodyPart<O> = O extends { requestBody: { content: { 'application/json': infer V } } } ? { body: V } : { body?: never }

/** The body of its successful response. */
export type ResultOf<O> = O extends { responses: infer R }
  ? ContentOf<R, 200> | ContentOf<R, 201> | ContentOf<R, 202> | (R extends { 204: unknown } ? undefined : never)
  : never

type ContentOf<R, S extends number> = R extends { [K in S]: { content: { 'application/json': infer V } } } ? V : never

/** The options may be left out where all of them are optional. */
type Optional<T> = object extends T ? [options?: T] : [options: T]

/**
 * Calls an operation of the OpenAPI document.
 *
 * @returns the parsed body of the response, or undefined for an empty one
 * @throws ProblemError when the service rejects the request; UnavailableError when a proxy responds instead; TypeError for a path
 *   parameter that would change the path, or a query parameter that is not a scalar; the reason of an aborted signal, at once
 */
export type Ask = <M extends Method, P extends PathOf<M>>(
  method: M, path: P, ...rest: Optional<RequestOptions<Operation<M, P>>>
) => Promise<ResultOf<Operation<M, P>>>

interface AnyOptions {
  path?: Record<string, unknown>
  query?: Record<string, unknown>
  body?: unknown
  signal?: AbortSignal
}

/** An encoded ASCII character: every character with a meaning in a path is ASCII. */
const ENCODED = /%([0-7][\da-f])/i

/** Far longer than any id. It bounds the decoding of values that are encoded many times. */
const MAX_SEGMENT_LENGTH = 256

/** @param fetch adds the access token */
export function createAsk (fetch: Fetch): Ask {
  return async function ask (method: string, path: string, { path: parameters = {}, query = {}, body, signal }: AnyOptions = {}) {
    const response = await fetch(fill(path, parameters) + format(query), {
      method,
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal })
    })
    const text = await response.text()
    const result = parse(text)
    if (!response.ok) throw toError(response.status, result, parseRetryAfter(response))
    return result
  } as Ask
}

function fill (path: string, parameters: Record<string, unknown>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(toSegment(name, parameters[name])))
  if (new URL(filled, 'http://path.invalid').pathname !== filled) throw new TypeError(`path: ${path} is not a path`)
  return filled
}

/** One segment, even if proxies decode it several times: no `..`, no slash, no character that URL parsers drop. */
function toSegment (name: string, value: unknown): string {
  const segment = typeof value === 'boolean' ? '' : toScalarText(`path.${name}`, value)
  if (segment.length > MAX_SEGMENT_LENGTH) throw new TypeError(`path.${name}: longer than ${MAX_SEGMENT_LENGTH} characters`)
  let decoded = segment
  while (ENCODED.test(decoded)) decoded = decoded.replace(ENCODED, (_match, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  if (/^\.{0,2}(;|$)|[\p{Cc}\p{Cs}/\\]/u.test(decoded)) {
    throw new TypeError(`path.${name}: ${JSON.stringify(value)} is not one segment of a path`)
  }
  return segment
}

function toScalarText (name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return String(value)
  throw new TypeError(`${name}: neither a string nor a number`)
}

function format (query: Record<string, unknown>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.append(name, toScalarText(`query.${name}`, value))
  const text = given.toString()
  return text === '' ? '' : `?${text}`
}

function parse (text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

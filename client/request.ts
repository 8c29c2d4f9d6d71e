import type { paths } from './api.ts'
import { toError } from './errors.ts'
import type { Fetch } from './platform.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** The session's own routes: `login`, `logout` and the refreshes are for them. */
type SessionPath = '/auth/login' | '/auth/refresh' | '/auth/logout'

/** Paths of the OpenAPI document that take the method. */
export type PathOf<M extends Method> = { [P in keyof paths]: Operation<M, P> extends { responses: object } ? P : never }[Exclude<keyof paths, SessionPath>]

type Operation<M extends Method, P extends keyof paths> = paths[P][Lowercase<M>]

/** What an operation takes, as the document says. */
export type RequestOptions<O> = PathPart<O> & QueryPart<O> & BodyPart<O> & { signal?: AbortSignal }

type PathPart<O> = O extends { parameters: { path: infer V extends object } } ? { path: V } : { path?: never }
type QueryPart<O> = O extends { parameters: { query: infer V extends object } } ? { query: V } : O extends { parameters: { query?: infer V } } ? { query?: Exclude<V, undefined> } : { query?: never }
type BodyPart<O> = O extends { requestBody: { content: { 'application/json': infer V } } } ? { body: V } : { body?: never }

/** What it answers with when it succeeds. */
export type ResultOf<O> = O extends { responses: infer R } ? ContentOf<R, 200> | ContentOf<R, 201> | (R extends { 204: unknown } ? undefined : never) : never

type ContentOf<R, S extends number> = R extends { [K in S]: { content: { 'application/json': infer V } } } ? V : never

/** The options may be left out where none is needed. */
type Optional<T> = object extends T ? [options?: T] : [options: T]

/**
 * Asks for an operation of the OpenAPI document.
 *
 * @returns the JSON of the answer, or undefined for one without
 * @throws ProblemError when the service says no; UnavailableError when something on the way answers; TypeError for a member of path or
 *   query that would not stay in its place; the reason of the signal, at once
 */
export type Ask = <M extends Method, P extends PathOf<M>>(method: M, path: P, ...rest: Optional<RequestOptions<Operation<M, P>>>) => Promise<ResultOf<Operation<M, P>>>

interface AnyOptions {
  path?: Record<string, unknown>
  query?: Record<string, unknown>
  body?: unknown
  signal?: AbortSignal
}

/** A character of ASCII: all that mean something in a path are. */
const ENCODED = /%([0-7][\da-f])/i

/** Far longer than any id: what is encoded again and again takes as many turns to decode. */
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
    const answer = parse(text)
    if (!response.ok) throw toError(response.status, answer, Number(response.headers.get('retry-after') ?? Number.NaN) || undefined)
    return answer
  } as Ask
}

function fill (path: string, parameters: Record<string, unknown>): string {
  const filled = path.replace(/\{(\w+)\}/g, (_match, name: string) => encodeURIComponent(toSegment(name, parameters[name])))
  if (new URL(filled, 'http://path.invalid').pathname !== filled) throw new TypeError(`path: ${path} is none`)
  return filled
}

/** One segment, however often whoever is on the way decodes it: no dots that lead up, no slash, nothing that parsers drop. */
function toSegment (name: string, value: unknown): string {
  const segment = typeof value === 'boolean' ? '' : toText(`path.${name}`, value)
  if (segment.length > MAX_SEGMENT_LENGTH) throw new TypeError(`path.${name}: longer than ${MAX_SEGMENT_LENGTH} characters`)
  let decoded = segment
  while (ENCODED.test(decoded)) decoded = decoded.replace(ENCODED, (_match, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  if (/^\.{0,2}(;|$)|[\p{Cc}\p{Cs}/\\]/u.test(decoded)) {
    throw new TypeError(`path.${name}: ${JSON.stringify(value)} is not one segment of a path`)
  }
  return segment
}

function toText (name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value)) return String(value)
  throw new TypeError(`${name}: neither a text nor a number`)
}

function format (query: Record<string, unknown>): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) given.append(name, toText(`query.${name}`, value))
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

// What a public error is, and what it becomes: problem details (RFC 9457). The cause of an error goes to the log only.
import { STATUS_TITLES } from './contract/index.ts'

const NO_STORE = { 'cache-control': 'no-store' }

/** An error that may be shown to a client: its `code` is stable, its `detail` is fixed and echoes nothing. */
export abstract class PublicError extends Error {
  abstract readonly code: string
  abstract readonly status: number
  /** Header fields of the response, lower-case names; `cache-control: no-store` is always among them. */
  readonly headers: Readonly<Record<string, string>> = NO_STORE
  /** What was wrong with which member of the request, where that can be said. */
  readonly errors: readonly InvalidMember[] | undefined = undefined
  /** Extension members of the problem details (RFC 9457 3.2). */
  readonly members: Readonly<Record<string, unknown>> | undefined = undefined
}

export interface InvalidMember {
  /** JSON pointer into the body, or the parameter's name. */
  path: string
  message: string
}

/** RFC 9457 problem details: the body of every error response. */
interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: string
  errors?: readonly InvalidMember[]
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** Converts an error of the catalogue below to the body of its response: RFC 9457 members plus our `code`, and nothing of the cause. */
export function toProblem (error: PublicError): Problem {
  return {
    type: `/problems/${error.code.replaceAll('_', '-')}`,
    title: STATUS_TITLES[error.status] ?? 'Error',
    status: error.status,
    detail: error.message,
    code: error.code,
    ...(error.errors && { errors: error.errors }),
    ...error.members
  }
}

/** A class of the catalogue below. */
export interface PublicErrorClass {
  readonly code: string
  readonly status: number
  readonly detail: string
  /** Header fields of its responses beside `cache-control`: in all of them, or in some. */
  readonly headerPresence: Readonly<Record<string, Presence>>
  readonly advice: string | undefined
  new (options?: PublicErrorOptions): PublicError
}

/** Every class that `defineError` has made in this process, those of a team among them. */
export const definedErrors: PublicErrorClass[] = []

type Presence = 'always' | 'sometimes'

/** The `$id` of the problem schema, which `http/problem.ts` adds to the app. */
export const PROBLEM_SCHEMA_ID = 'Problem'

/** What the OpenAPI document says of an error, beside its status. */
export interface ErrorDescription extends Pick<PublicErrorClass, 'code' | 'detail' | 'headerPresence'> {
  /** The body of the response. */
  example: Problem
}

/**
 * Converts error classes to the `response` schema of a route, so that the OpenAPI document lists every code that a route can respond with.
 *
 * @returns schemas by status; typed as {}, so that they never widen what a handler may return
 */
export function toErrorResponses (...errors: readonly PublicErrorClass[]): {} {
  const responses: Record<number, { $ref: string, 'x-errors': ErrorDescription[] }> = {}
  for (const PublicErrorClass of errors) {
    const { code, status, detail, headerPresence } = PublicErrorClass
    const response = responses[status] ??= { $ref: `${PROBLEM_SCHEMA_ID}#`, 'x-errors': [] }
    response['x-errors'].push({ code, detail, headerPresence, example: toProblem(new PublicErrorClass()) })
  }
  return responses
}

interface PublicErrorOptions {
  cause?: unknown
  headers?: Readonly<Record<string, string>>
  errors?: readonly InvalidMember[]
  /** Instead of the sentence of the class: fixed, too. */
  detail?: string
  /** Extension members of the body. */
  members?: Readonly<Record<string, unknown>>
}

interface Sentences {
  alone: string
  /** Instead, where members of the request are named. */
  withErrors?: string
  /** What the caller should do: shown at the `type` of the problem. */
  advice?: string
}

/**
 * Defines a public error: thrown by a handler, it becomes problem details (RFC 9457).
 *
 * @param code stable, such as `article_locked`
 * @param fixedHeaders header fields of every response
 * @param otherHeaders names of header fields that have another value each time
 */
export function defineError (
  code: string, status: number, sentence: string | Sentences,
  fixedHeaders: Readonly<Record<string, string>> = {}, otherHeaders: Readonly<Record<string, Presence>> = {}
): PublicErrorClass {
  const sentences: Sentences = typeof sentence === 'string' ? { alone: sentence } : sentence
  const { alone, withErrors = alone, advice } = sentences
  return remember(class extends PublicError {
    static readonly code = code
    static readonly status = status
    static readonly detail = alone
    static readonly advice: string | undefined = advice
    static readonly headerPresence = {
      ...Object.fromEntries(Object.keys(fixedHeaders).map((name) => [name, 'always' as const])), ...otherHeaders
    }

    override readonly code = code
    override readonly status = status
    override readonly headers: Readonly<Record<string, string>>
    override readonly errors: readonly InvalidMember[] | undefined
    override readonly members: Readonly<Record<string, unknown>> | undefined

    constructor ({ cause, headers, errors, members, detail = errors === undefined ? alone : withErrors }: PublicErrorOptions = {}) {
      super(detail, { cause })
      this.headers = { ...NO_STORE, ...fixedHeaders, ...headers }
      this.errors = errors
      this.members = members
    }
  })
}

function remember (PublicErrorClass: PublicErrorClass): PublicErrorClass {
  definedErrors.push(PublicErrorClass)
  return PublicErrorClass
}

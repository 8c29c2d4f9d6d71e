import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchemaValidationError } from 'fastify'
import fp from 'fastify-plugin'
import { Type } from 'typebox'
import {
  BodyTooLargeError, HeadersTooLargeError, InternalError, InvalidRequestError, InvalidTokenError, MethodNotAllowedError, NotFoundError,
  NotImplementedError, OverloadedError, PROBLEM_MEDIA_TYPE, PROBLEM_SCHEMA_ID, PublicError, RequestTimeoutError, toProblem,
  UnsupportedMediaTypeError, UrlTooLongError
} from '../errors.ts'
import { API_HEADERS } from './headers.ts'
import { toInvalidMembers } from './invalid-members.ts'

/** Maps an internal error, such as one of the database, to a public one; undefined for errors that it does not know. */
type Translate = (error: unknown) => PublicError | undefined

export interface ProblemOptions {
  translate?: Translate
}

/** RFC 9457 3.2: what a client goes on with. */
const extensionMembers = {
  challenge: Type.Optional(Type.String({ description: 'Of `second_factor_required` at a login: for its second step.' })),
  methods: Type.Optional(Type.Array(Type.String({ examples: ['totp'] }), {
    description: 'Of `second_factor_required`: the second factors of the user, among `totp`, `recovery_code` and `passkey`.'
  })),
  passkey_options: Type.Optional(Type.Object({}, {
    title: 'SecondFactorPasskeyOptions',
    description: 'With the method `passkey`: for `PublicKeyCredential.parseRequestOptionsFromJSON()`.',
    additionalProperties: true
  })),
  access_token: Type.Optional(Type.String({
    description: 'Of `enrolment_required`: good for enrolling a second factor, and nothing else.'
  })),
  token_type: Type.Optional(Type.String({ description: 'With `access_token`: `Bearer`.' })),
  expires_in: Type.Optional(Type.Integer({
    description: 'Seconds that the challenge or the token is good.', minimum: 0, maximum: 3600, format: 'int32'
  })),
  rp_id: Type.Optional(Type.String({ description: 'Of `unknown_passkey`: for `PublicKeyCredential.signalUnknownCredential()`.' })),
  credential_id: Type.Optional(Type.String({ description: 'Of `unknown_passkey`: the passkey, base64url.' }))
}

export const ProblemSchema = Type.Object({
  type: Type.String({ description: 'Names the kind of problem.', format: 'uri-reference', examples: ['/problems/not-found'] }),
  title: Type.String({ description: 'The status in words.', examples: ['Not Found'] }),
  status: Type.Integer({ description: 'The status of the response.', minimum: 400, maximum: 599, format: 'int32', examples: [404] }),
  detail: Type.String({ description: 'What is wrong, in one sentence.', examples: ['There is nothing here.'] }),
  code: Type.String({ description: 'What is wrong, for programs: stable.', pattern: '^[a-z_]+$', examples: ['not_found'] }),
  errors: Type.Optional(Type.Array(Type.Object({
    path: Type.String({ description: 'JSON pointer into the body, or the name of a parameter.', examples: ['/email'] }),
    message: Type.String({ description: 'What is wrong with it.', examples: ['must be an e-mail address'] })
  }, { title: 'InvalidMember', description: 'A member of the request that is invalid.' }), {
    description: 'The members of the request that are invalid, where they can be named.'
  })),
  ...extensionMembers
}, { $id: PROBLEM_SCHEMA_ID, description: 'Problem details (RFC 9457).' })

/** Sends every error in one form, RFC 9457 problem details from the catalogue; the cause goes to the log only. */
export const problem = fp(async function problem (app: FastifyInstance, { translate }: ProblemOptions) {
  app.addSchema(ProblemSchema)
  app.setErrorHandler((error, request, reply) => {
    const publicError = toPublicError(error, translate)
    logProblem(request, publicError)
    return sendProblem(reply, publicError)
  })
}, { name: 'problem', fastify: '5.x' })

/** RFC 9110 9.1, and RFC 5789. */
const STANDARD_METHODS = ['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']

export interface NotFoundOptions {
  /** Responds to GET / where no route does: a route of that path, such as a page of a team, comes first. */
  home?: (request: FastifyRequest, reply: FastifyReply) => FastifyReply
}

/**
 * Responds where no route matches: 404, 405 with Allow where another method has a route, 501 to methods that are neither standard nor a
 * route's, and OPTIONS. Register it before the routes, and after the plugins that set headers.
 */
export const notFound = fp(async function notFound (app: FastifyInstance, { home }: NotFoundOptions) {
  const known = new Map<string, { pattern: RegExp, methods: Set<string> }>()
  const implemented = new Set(STANDARD_METHODS)

  app.addHook('onRoute', ({ path, method }) => {
    if (!path.startsWith('/')) return
    const route = known.get(path) ?? { pattern: toPathPattern(path), methods: new Set(['OPTIONS']) }
    for (const name of [method].flat()) {
      route.methods.add(name)
      implemented.add(name)
    }
    known.set(path, route)
  })

  // Before the body is read, and so the same for every Node, whatever methods its parser and Fastify know.
  app.addHook('onRequest', ({ is404, method }, _reply, done) => {
    done(is404 && !implemented.has(method) ? new NotImplementedError() : undefined)
  })

  app.setNotFoundHandler(onNotFound)

  function onNotFound (request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const methods = findMethods(request.url)
    if (home !== undefined && methods.size === 0 && isHome(request)) return home(request, reply)
    const allow = [...methods].sort().join(', ')
    if (request.method === 'OPTIONS' && methods.size > 0) return reply.code(204).header('allow', allow).send()
    // The route exists, and its handler found nothing, such as a file.
    if (methods.size === 0 || methods.has(request.method)) return sendProblem(reply, new NotFoundError())
    return sendProblem(reply, new MethodNotAllowedError({ headers: { allow } }))
  }

  function findMethods (url: string): Set<string> {
    const path = url.split('?', 1)[0] ?? ''
    return new Set([...known.values()].filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => [...methods]))
  }
}, { name: 'not-found', fastify: '5.x' })

function isHome ({ method, url }: FastifyRequest): boolean {
  return (method === 'GET' || method === 'HEAD') && url.split('?', 1)[0] === '/'
}

/**
 * Sends an error. Headers that the reply has already stay, unless the error has the same one.
 *
 * @param error one of the catalogue
 */
export function sendProblem (reply: FastifyReply, error: PublicError): FastifyReply {
  return reply
    .code(error.status)
    .headers(error.headers)
    .type(PROBLEM_MEDIA_TYPE)
    // A string, so that the route's response schema cannot drop members.
    .send(JSON.stringify(toProblem(error)))
}

/**
 * Sends an error on a socket that has no `ServerResponse`, and closes it.
 *
 * @param socket of a request that the parser rejected, or of a CONNECT
 * @param error one of the catalogue
 */
export function sendProblemOnSocket (socket: Duplex, error: PublicError): void {
  const body = JSON.stringify(toProblem(error))
  const headers = {
    ...API_HEADERS,
    ...error.headers,
    connection: 'close',
    'content-type': `${PROBLEM_MEDIA_TYPE}; charset=utf-8`,
    'content-length': String(Buffer.byteLength(body)),
    date: new Date().toUTCString()
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.end(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n${lines.join('')}\r\n${body}`, () => socket.destroy())
}

function logProblem (request: FastifyRequest, error: PublicError): void {
  const entry = { code: error.code, ...(error.cause !== undefined && { err: error.cause }) }
  if (error.status === 500) request.log.error({ event: 'request_failed', ...entry }, 'request failed')
  else if (error.status > 501) request.log.warn({ event: 'request_unserved', ...entry }, 'request could not be served')
  else request.log.info({ event: 'request_refused', ...entry }, 'request refused')
}

/** For the statuses of Fastify and its plugins; any other 4xx is an invalid request. */
const BY_STATUS: Readonly<Record<number, new (details: { cause: unknown }) => PublicError>> = {
  401: InvalidTokenError,
  403: NotFoundError,
  404: NotFoundError,
  405: MethodNotAllowedError,
  408: RequestTimeoutError,
  413: BodyTooLargeError,
  414: UrlTooLongError,
  415: UnsupportedMediaTypeError,
  431: HeadersTooLargeError,
  503: OverloadedError
}

/**
 * Maps anything thrown to an error that a client may see.
 *
 * @param error becomes the `cause`
 * @param translate asked before the status of the error is looked at
 */
export function toPublicError (error: unknown, translate?: Translate): PublicError {
  if (error instanceof PublicError) return error
  if (isValidationFailure(error)) {
    return new InvalidRequestError({ errors: toInvalidMembers(error.validation, error.validationContext) })
  }
  const translated = translate?.(error)
  if (translated !== undefined) return translated
  const status = readStatus(error)
  const Known = BY_STATUS[status] ?? (status >= 400 && status < 500 ? InvalidRequestError : InternalError)
  return new Known({ cause: error })
}

type ValidationFailure = Error & { validation: FastifySchemaValidationError[], validationContext: string }

function isValidationFailure (error: unknown): error is ValidationFailure {
  return error instanceof Error && 'validation' in error && Array.isArray(error.validation) && 'validationContext' in error
}

function readStatus (error: unknown): number {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
}

function toPathPattern (pattern: string): RegExp {
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+').replace('*', '.*')
  return new RegExp(`^${source}$`)
}

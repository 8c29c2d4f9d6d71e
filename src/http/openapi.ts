import { createHash } from 'node:crypto'
import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema, RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { Type } from 'typebox'
import { stringify } from 'yaml'
import {
  BodyTooLargeError, HeadersTooLargeError, InternalError, InvalidRequestError, OverloadedError, PROBLEM_MEDIA_TYPE, PROBLEM_SCHEMA_ID,
  RequestTimeoutError, toErrorResponses, UnsupportedMediaTypeError, UrlTooLongError, type PublicErrorClass
} from '../errors.ts'
import { packageVersion } from '../package-version.ts'

const DESCRIPTION = `Short-lived access tokens, issued on login, checked at the edge with no database lookup, revocable in milliseconds.

Log in with \`POST /auth/login\`, send the access token as \`Authorization: Bearer …\`, and exchange the refresh token for the next pair
with \`POST /auth/refresh\` before it expires. Every error is \`application/problem+json\` (RFC 9457) with a stable \`code\`.`

const TAGS = [
  { name: 'authentication', description: 'Login, refresh, logout and registration.' },
  { name: 'account', description: 'A user\'s own account and sessions.' },
  { name: 'admin', description: 'Users, sessions, keys and the audit log, for administrators.' },
  { name: 'keys', description: 'Public keys and metadata, for services that verify tokens.' },
  { name: 'revocations', description: 'The revocation feed, for services that verify tokens.' },
  { name: 'health', description: 'Liveness and readiness of the process.' }
]

/** Serves the OpenAPI document at /openapi.json and /openapi.yaml: the schemas of the routes registered after it, and nothing else. */
export const openapi = fp(async function openapi (app: FastifyInstance) {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: { title: 'gatepass', version: packageVersion(), description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
      // Relative to the document's own address: the document is the same everywhere, and the docs page may only call its own origin.
      servers: [{ url: '/', description: 'The server of this document.' }],
      tags: TAGS,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of POST /auth/login.' },
          feed: { type: 'http', scheme: 'bearer', description: 'One of FEED_TOKEN, for services that verify tokens.' }
        }
      }
    },
    convertConstToEnum: false,
    refResolver: { buildLocalReference: (schema) => String(schema.$id) },
    transform: ({ schema, url, route }) => ({ schema: withOptionalDefaults(withProblemResponses(schema, route)), url })
  })
  app.get('/openapi.json', { schema: { hide: true } }, createDocumentHandler('application/json', () => JSON.stringify(app.swagger())))
  app.get('/openapi.yaml', { schema: { hide: true } }, createDocumentHandler('application/yaml', () => openapiYaml(app)))
}, { name: 'openapi', fastify: '5.x' })

/** Renders the document on the first request and caches it: it never changes while the process runs, and YAML takes 50 ms. */
function createDocumentHandler (type: string, render: () => string) {
  let document: { body: Buffer, etag: string } | undefined
  return async function onDocument ({ headers }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    document ??= toDocument(render())
    // Clients revalidate each time: another version of the service has another document.
    reply.headers({ etag: document.etag, 'cache-control': 'no-cache' })
    // RFC 9110 13.1.2: a list, compared weakly. Our quoted ETag is in it, or is not.
    if (headers['if-none-match']?.includes(document.etag) === true) return reply.code(304).send()
    return reply.type(`${type}; charset=utf-8`).send(document.body)
  }
}

/** One buffer, which all pending responses share. */
function toDocument (text: string): { body: Buffer, etag: string } {
  return { body: Buffer.from(text), etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` }
}

/**
 * Renders the OpenAPI document as YAML, in the form that is committed.
 *
 * @param app ready, with `openapi` registered
 */
export function openapiYaml (app: FastifyInstance): string {
  return stringify(app.swagger(), { aliasDuplicateObjects: false, lineWidth: 0 })
}

/** A parameter with a default is optional to clients; the type that handlers see says required. */
function withOptionalDefaults (schema: FastifySchema): FastifySchema {
  const { querystring } = schema ?? {}
  if (!Type.IsObject(querystring)) return schema
  const { properties, required = [] } = querystring
  return { ...schema, querystring: { ...querystring, required: required.filter((name) => !('default' in (properties[name] ?? {}))) } }
}

/** The errors that every route can respond with. */
const COMMON_ERRORS = [InvalidRequestError, RequestTimeoutError, HeadersTooLargeError, InternalError, OverloadedError]
const PARAMETER_ERRORS = [UrlTooLongError]
const BODY_ERRORS = [BodyTooLargeError, UnsupportedMediaTypeError]
/** Fastify reads a body for all other methods, even if the route takes none. */
const BODILESS_METHODS = new Set(['GET', 'HEAD'])

/** Adds the common errors to the responses of a route, and gives all problems their media type. */
function withProblemResponses (schema: FastifySchema, { method, url }: Pick<RouteOptions, 'method' | 'url'>): FastifySchema {
  if (typeof schema?.response !== 'object' || schema.response === null) return schema
  const hasBody = [method].flat().some((name) => !BODILESS_METHODS.has(name))
  const hasParameter = url.includes(':')
  const errors: PublicErrorClass[] = [...COMMON_ERRORS, ...hasParameter ? PARAMETER_ERRORS : [], ...hasBody ? BODY_ERRORS : []]
  const responses = new Map<string, unknown>(Object.entries(schema.response))
  for (const error of errors) {
    for (const [status, response] of Object.entries(toErrorResponses(error))) {
      responses.set(status, mergeResponses(responses.get(status), response, error.code))
    }
  }
  for (const [status, response] of responses) if (isProblemResponse(response)) responses.set(status, withMediaType(response))
  return { ...schema, response: Object.fromEntries(responses) }
}

/** The route's own text comes first; a code that it names is not described again. */
function mergeResponses (own: unknown, common: unknown, code: string): unknown {
  if (own === undefined || !isProblemResponse(own) || !isProblemResponse(common)) return own ?? common
  return own.description?.includes(`\`${code}\``) === true ? own : { ...own, description: [own.description, common.description].join('\n') }
}

interface ProblemResponse {
  $ref: string
  description?: string
}

function isProblemResponse (response: unknown): response is ProblemResponse {
  return typeof response === 'object' && response !== null && '$ref' in response && response.$ref === `${PROBLEM_SCHEMA_ID}#`
}

function withMediaType ({ $ref, description }: ProblemResponse) {
  return { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref } } } }
}

import { createHash } from 'node:crypto'
import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import fp from 'fastify-plugin'
import { Type } from 'typebox'
import { stringify } from 'yaml'
import { packageVersion } from '../package.ts'
import { finishDocument, OPTIONAL_BODY, type Refinements } from './openapi-components.ts'
import type { JsonObject } from './openapi-portable.ts'
import { ERRORS_FROM_ANYWHERE, withWholeResponses } from './openapi-responses.ts'

const DESCRIPTION = `Short-lived access tokens, issued on login, checked at the edge with no database lookup, revocable in milliseconds.

Log in with \`POST /auth/login\`, send the access token as \`Authorization: Bearer …\`, and exchange the refresh token for the next pair
with \`POST /auth/refresh\` before it expires. Every error is \`application/problem+json\` (RFC 9457) with a stable \`code\`.

A JSON text is strict (RFC 7493): in UTF-8, each member once, and no string holds a NUL or half a surrogate pair.

Any request can be answered with one of these, too; the operations do not repeat them:

${ERRORS_FROM_ANYWHERE.map(({ status, code, detail }) => `- ${status} \`${code}\`: ${detail}`).join('\n')}`

const TAGS = [
  { name: 'authentication', description: 'Login, refresh, logout and registration.' },
  { name: 'account', description: 'A user\'s own account and sessions.' },
  { name: 'admin', description: 'Users, sessions, keys and the audit log, for administrators.' },
  { name: 'keys', description: 'Public keys and metadata, for services that verify tokens.' },
  { name: 'revocations', description: 'The revocation feed, for services that verify tokens.' },
  { name: 'health', description: 'Liveness and readiness of the process.' }
]

interface OpenapiOptions {
  /** Our origin: the server that the document names. */
  issuer: string
  /** The name of the cookie that holds the refresh token. */
  sessionCookie: string
  /** What the settings in force say of schemas. */
  refinements?: Refinements
}

/** Serves the OpenAPI document at /openapi.json and /openapi.yaml: the schemas of the routes registered after it, and nothing else. */
export const openapi = fp(async function openapi (app: FastifyInstance, { issuer, sessionCookie, refinements = {} }: OpenapiOptions) {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'gatepass',
        version: packageVersion(),
        description: DESCRIPTION,
        contact: { name: 'Whoever runs this server', url: issuer },
        license: { name: 'MIT', identifier: 'MIT' }
      },
      servers: [{ url: issuer, description: 'The issuer of the tokens.' }],
      tags: TAGS,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of POST /auth/login.' },
          feed: { type: 'http', scheme: 'bearer', description: 'One of FEED_TOKEN, for services that verify tokens.' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: sessionCookie,
            description: 'The refresh token of a login with `delivery: cookie`, for browsers. The name depends on ISSUER and COOKIE_DOMAIN.'
          }
        }
      }
    },
    convertConstToEnum: true,
    refResolver: { buildLocalReference: (schema) => String(schema.$id) },
    transform: ({ schema, url, route }) => ({ schema: withOptionalParts(withWholeResponses(schema, route)), url }),
    transformObject: (document) => finishDocument('openapiObject' in document ? toJson(document.openapiObject) : {}, refinements)
  })
  app.get('/openapi.json', { schema: { hide: true } }, createDocumentHandler('application/json', () => JSON.stringify(app.swagger())))
  app.get('/openapi.yaml', { schema: { hide: true } }, createDocumentHandler('application/yaml', () => openapiYaml(app.swagger())))
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

/** Renders the OpenAPI document as YAML, in the form that is committed. */
export function openapiYaml (document: object): string {
  return stringify(document, { aliasDuplicateObjects: false, lineWidth: 0 })
}

function toJson (document: object): JsonObject {
  return JSON.parse(JSON.stringify(document))
}

/** A parameter with a default is optional to clients; the type that handlers see says required. A body may be `Type.Optional`. */
function withOptionalParts (schema: FastifySchema): FastifySchema {
  const { querystring, body } = schema ?? {}
  const marked = Type.IsOptional(body) ? { ...schema, [OPTIONAL_BODY]: true } : schema
  if (!Type.IsObject(querystring)) return marked
  const { properties, required = [] } = querystring
  return { ...marked, querystring: { ...querystring, required: required.filter((name) => !('default' in (properties[name] ?? {}))) } }
}

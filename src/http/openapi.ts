import { createHash } from 'node:crypto'
import swagger from '@fastify/swagger'
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import fp from 'fastify-plugin'
import { Type } from 'typebox'
import { stringify } from 'yaml'
import { packageVersion } from '../package-version.ts'
import { withProblems } from './openapi-replies.ts'

const DESCRIPTION = `Short-lived access tokens, issued on login, checked at the edge with no database lookup, revocable in milliseconds.

Log in with \`POST /auth/login\`, send the access token as \`Authorization: Bearer …\`, and trade the refresh token for the next pair with
\`POST /auth/refresh\` before it expires. Every error is \`application/problem+json\` (RFC 9457) with a stable \`code\`.`

const TAGS = [
  { name: 'authentication', description: 'Where sessions begin, go on and end.' },
  { name: 'account', description: 'What a user sees and changes of their own.' },
  { name: 'admin', description: 'Users, sessions, keys and the audit log, for those who run the service.' },
  { name: 'keys', description: 'Public keys and metadata, for those who verify tokens.' },
  { name: 'revocations', description: 'What ended before it expired, for those who verify tokens.' },
  { name: 'health', description: 'For those who start, stop and route to processes.' }
]

/** Describes the routes registered after it, from their schemas and nothing else, at /openapi.json and /openapi.yaml. */
export const openapi = fp(async function openapi (app: FastifyInstance) {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: { title: 'gatepass', version: packageVersion(), description: DESCRIPTION, license: { name: 'MIT', identifier: 'MIT' } },
      // Relative to where the document was read: it is the same everywhere, and pages may only talk to their own origin.
      servers: [{ url: '/', description: 'Where this document was read.' }],
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
    transform: ({ schema, url, route }) => ({ schema: withDefaults(withProblems(schema, route)), url })
  })
  app.get('/openapi.json', { schema: { hide: true } }, createReply('application/json', () => JSON.stringify(app.swagger())))
  app.get('/openapi.yaml', { schema: { hide: true } }, createReply('application/yaml', () => openapiYaml(app)))
}, { name: 'openapi', fastify: '5.x' })

/** Renders a document for the first who asks: it stays the same while the process runs, and YAML takes some fifty milliseconds. */
function createReply (type: string, render: () => string) {
  let document: { body: Buffer, etag: string } | undefined
  return async function replyWithDocument ({ headers }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    document ??= toDocument(render())
    // To be asked for again each time: another version of the service may have another one.
    reply.headers({ etag: document.etag, 'cache-control': 'no-cache' })
    // RFC 9110 13.1.2: a list, compared weakly; what is in quotes is ours, or is not.
    if (headers['if-none-match']?.includes(document.etag) === true) return reply.code(304).send()
    return reply.type(`${type}; charset=utf-8`).send(document.body)
  }
}

/** As bytes: all who have not read it yet share them. */
function toDocument (text: string): { body: Buffer, etag: string } {
  return { body: Buffer.from(text), etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` }
}

/**
 * @param app with `openapi` registered, and ready
 * @returns the OpenAPI document, as it is committed
 */
export function openapiYaml (app: FastifyInstance): string {
  return stringify(app.swagger(), { aliasDuplicateObjects: false, lineWidth: 0 })
}

/** A parameter with a default is one that handlers always have and clients need not send. */
function withDefaults (schema: FastifySchema): FastifySchema {
  const { querystring } = schema ?? {}
  if (!Type.IsObject(querystring)) return schema
  const { properties, required = [] } = querystring
  return { ...schema, querystring: { ...querystring, required: required.filter((name) => !('default' in (properties[name] ?? {}))) } }
}

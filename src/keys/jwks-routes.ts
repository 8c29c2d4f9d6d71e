import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { PublicKeysSchema } from '../schemas.ts'
import type { Keyring } from './keyring.ts'

interface WellKnownOptions {
  issuer: string
  keyring: Pick<Keyring, 'jwks' | 'publishedKeys'>
  /** Whether the service has a revocation feed. */
  hasFeed: boolean
  /** Whether the service has its documentation at /docs. */
  hasDocs: boolean
}

const metadataProperties = {
  issuer: Type.String({ description: 'The `iss` of every token.', format: 'uri' }),
  jwks_uri: Type.String({ description: 'The address of the public keys.', format: 'uri' }),
  response_types_supported: Type.Array(Type.String(), { description: 'None: there is no authorization endpoint.' }),
  grant_types_supported: Type.Array(Type.String(), { description: 'None: there is no token endpoint.' }),
  acr_values_supported: Type.Array(Type.String(), { description: 'How users can be authenticated: the values of `acr` in tokens.' }),
  service_documentation: Type.Optional(Type.String({
    description: 'The documentation for people; absent where it is off.', format: 'uri'
  })),
  revocation_feed_endpoint: Type.Optional(Type.String({
    description: 'The address of the revocation feed, for edges; absent where there is none.', format: 'uri'
  }))
}

const MetadataSchema = Type.Object(metadataProperties, {
  title: 'Metadata', additionalProperties: false, description: 'The metadata of the issuer (RFC 8414 2).'
})

type Metadata = Static<typeof MetadataSchema>

const OpenidConfigurationSchema = Type.Object({
  ...metadataProperties,
  id_token_signing_alg_values_supported: Type.Array(Type.String(), {
    description: 'The algorithms of the public keys. There are no ID tokens, but libraries read here which signatures to expect.'
  })
}, {
  title: 'OpenidConfiguration',
  additionalProperties: false,
  description: 'The metadata of the issuer, for libraries that look for OpenID Connect Discovery 1.0.'
})

type OpenidConfiguration = Static<typeof OpenidConfigurationSchema>

const tags = ['keys']
const security: [] = []
const CACHED = Type.String({ description: 'How long the response may be kept.', examples: ['public, max-age=300'] })

const jwksHeaders = { etag: Type.String({ description: 'Changes when the keys change.' }), 'cache-control': CACHED }

const jwksRoute = {
  operationId: 'listPublicKeys',
  summary: 'The public keys that access tokens are verified with',
  description: 'The JWKS that `jwks_uri` of the metadata names, for libraries that verify tokens. Cache it as long as the response allows.',
  tags,
  security,
  headers: Type.Object({ 'if-none-match': Type.Optional(Type.String({ description: 'The ETag of a cached copy.' })) }),
  response: {
    200: { ...PublicKeysSchema, headers: jwksHeaders },
    304: { ...Type.Null({ description: 'Not modified.' }), headers: jwksHeaders }
  }
}

const metadataRoute = {
  operationId: 'readMetadata',
  summary: 'The metadata of the issuer',
  description: 'Names the key set and the revocation feed (RFC 8414), for libraries that are configured with the issuer alone.',
  tags,
  security,
  response: { 200: { ...MetadataSchema, headers: { 'cache-control': CACHED } } }
}

const discoveryRoute = {
  ...metadataRoute,
  operationId: 'readOpenidConfiguration',
  summary: 'The same document at the address where OpenID Connect libraries look; this is no OpenID provider',
  response: { 200: { ...OpenidConfigurationSchema, headers: { 'cache-control': CACHED } } }
}

/** Public documents: pages of any origin may read them, without credentials. */
const READABLE_BY_ALL = { config: { cors: { origin: '*', credentials: false } } } as const

const JWKS_PATH = '/.well-known/jwks.json'
const METADATA_PATH = '/.well-known/oauth-authorization-server'
const DISCOVERY_PATH = '/.well-known/openid-configuration'
const METADATA_MAX_AGE_SECONDS = 300

type JwksRequest = FastifyRequest<{ Headers: { 'if-none-match'?: string } }>

/** The public keys and the metadata for verifiers of tokens, served from memory, without the database. */
export async function wellKnown (app: FastifyInstance, { issuer, keyring, hasFeed, hasDocs }: WellKnownOptions): Promise<void> {
  app.get(JWKS_PATH, { schema: jwksRoute, ...READABLE_BY_ALL }, onJwks)
  app.get(METADATA_PATH, { schema: metadataRoute, ...READABLE_BY_ALL }, onMetadata)
  app.get(DISCOVERY_PATH, { schema: discoveryRoute, ...READABLE_BY_ALL }, onDiscovery)
  // CORS responds to preflights, in a hook.
  for (const path of [JWKS_PATH, METADATA_PATH, DISCOVERY_PATH]) {
    app.options(path, { schema: { hide: true }, ...READABLE_BY_ALL }, async (_request, reply) => reply.code(204).send())
  }

  const metadata: Metadata = {
    issuer,
    jwks_uri: `${issuer}${JWKS_PATH}`,
    response_types_supported: [],
    grant_types_supported: [],
    acr_values_supported: ['aal1'],
    ...(hasDocs && { service_documentation: `${issuer}/docs` }),
    ...(hasFeed && { revocation_feed_endpoint: `${issuer}/revocations` })
  }

  async function onJwks (request: JwksRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { body, etag, maxAgeSeconds } = keyring.jwks()
    reply.headers({ etag, 'cache-control': `public, max-age=${maxAgeSeconds}` })
    if (includesTag(request.headers['if-none-match'], etag)) return reply.code(304).send()
    return reply.type('application/json; charset=utf-8').send(body)
  }

  async function onMetadata (_request: FastifyRequest, reply: FastifyReply): Promise<Metadata> {
    reply.header('cache-control', `public, max-age=${METADATA_MAX_AGE_SECONDS}`)
    return metadata
  }

  async function onDiscovery (request: FastifyRequest, reply: FastifyReply): Promise<OpenidConfiguration> {
    // Two of them, while SIGNING_ALGORITHM changes.
    const algorithms = new Set(keyring.publishedKeys().jwks.keys.map(({ alg }) => alg))
    return { ...await onMetadata(request, reply), id_token_signing_alg_values_supported: [...algorithms] }
  }
}

/** RFC 9110 13.1.2: a list, compared weakly, or `*`. */
function includesTag (ifNoneMatch: string | undefined, etag: string): boolean {
  return ifNoneMatch !== undefined && ifNoneMatch.split(',').some((tag) => [etag, '*'].includes(tag.trim().replace(/^W\//, '')))
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static, type TSchema } from 'typebox'
import { JWK_FORMATS, type Algorithm } from '../contract/index.ts'
import type { Keyring } from './keyring.ts'

interface WellKnownOptions {
  issuer: string
  keyring: Pick<Keyring, 'jwks' | 'publishedKeys'>
  /** Whether the service has a revocation feed. */
  hasFeed: boolean
  /** Whether the service has its documentation at /docs. */
  hasDocs: boolean
}

const DESCRIPTIONS: Readonly<Record<string, string>> = { x: 'A coordinate', y: 'A coordinate', n: 'The modulus', e: 'The exponent' }

const JwkSchema = Type.Union([
  toJwkSchema('ES256', 'A key on the curve P-256.'),
  toJwkSchema('EdDSA', 'A key on the curve Ed25519.', { x: 'The public key' }),
  toJwkSchema('RS256', 'An RSA key.')
], { description: 'A public key for signatures of one algorithm.' })

const JwksSchema = Type.Object({
  keys: Type.Array(JwkSchema, { description: 'The key that signs now, those that will sign, and those of tokens that have not expired.' })
}, { additionalProperties: false, description: 'The public keys (RFC 7517 5).' })

const MetadataSchema = Type.Object({
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
}, { additionalProperties: false, description: 'The metadata of the issuer (RFC 8414 2).' })

type Metadata = Static<typeof MetadataSchema>

const DiscoverySchema = Type.Object({
  ...MetadataSchema.properties,
  id_token_signing_alg_values_supported: Type.Array(Type.String(), {
    description: 'The algorithms of the public keys. There are no ID tokens, but libraries read here which signatures to expect.'
  })
}, { additionalProperties: false, description: 'The metadata of the issuer, for libraries that look for OpenID Connect Discovery 1.0.' })

type Discovery = Static<typeof DiscoverySchema>

const tags = ['keys']
const security: [] = []
const UnchangedSchema = Type.Null({ description: 'Not modified.' })

const jwksRoute = {
  operationId: 'listPublicKeys',
  summary: 'The public keys that access tokens are verified with',
  tags,
  security,
  headers: Type.Object({ 'if-none-match': Type.Optional(Type.String({ description: 'The ETag of a cached copy.' })) }),
  response: { 200: JwksSchema, 304: UnchangedSchema }
}

const metadataRoute = {
  operationId: 'readMetadata',
  summary: 'The metadata of the issuer',
  tags,
  security,
  response: { 200: MetadataSchema }
}

const discoveryRoute = {
  ...metadataRoute,
  operationId: 'readMetadataByDiscovery',
  summary: 'The same document at the address where OpenID Connect libraries look; this is no OpenID provider',
  response: { 200: DiscoverySchema }
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

  async function onDiscovery (request: FastifyRequest, reply: FastifyReply): Promise<Discovery> {
    // Two of them, while SIGNING_ALGORITHM changes.
    const algorithms = new Set(keyring.publishedKeys().jwks.keys.map(({ alg }) => alg))
    return { ...await onMetadata(request, reply), id_token_signing_alg_values_supported: [...algorithms] }
  }
}

/** RFC 9110 13.1.2: a list, compared weakly, or `*`. */
function includesTag (ifNoneMatch: string | undefined, etag: string): boolean {
  return ifNoneMatch !== undefined && ifNoneMatch.split(',').some((tag) => [etag, '*'].includes(tag.trim().replace(/^W\//, '')))
}

/** RFC 7517, 7518 6, 8037: exactly the public members. */
function toJwkSchema (alg: Algorithm, description: string, descriptions = DESCRIPTIONS): TSchema {
  const { fixed, values } = JWK_FORMATS[alg]
  return Type.Object({
    kid: Type.String({ description: 'The key\'s id, as in the header of tokens.' }),
    alg: Type.Literal(alg),
    use: Type.Literal('sig', { description: 'For signatures only.' }),
    ...Object.fromEntries(Object.entries(fixed).map(([name, value]) => [name, Type.Literal(value)])),
    ...Object.fromEntries(values.map((name) => [name, Type.String({ description: `${descriptions[name]}, in base64url.` })]))
  }, { additionalProperties: false, description })
}

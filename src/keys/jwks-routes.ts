import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import type { Keyring } from './keyring.ts'

export interface WellKnownOptions {
  issuer: string
  keyring: Pick<Keyring, 'jwks'>
  /** Whether there is a revocation feed. */
  hasFeed: boolean
}

const kid = Type.String({ description: 'The key\'s id, as in the header of tokens.' })
const use = Type.Literal('sig', { description: 'For signatures, and nothing else.' })
const number = (description: string) => Type.String({ description: `${description}, in base64url.` })

// RFC 7517, 7518 6, 8037: the public members, all of them and no others.
const JwkSchema = Type.Union([
  Type.Object({
    kid, alg: Type.Literal('ES256'), use, kty: Type.Literal('EC'), crv: Type.Literal('P-256'), x: number('A coordinate'), y: number('A coordinate')
  }, { additionalProperties: false, description: 'A key on the curve P-256.' }),
  Type.Object({
    kid, alg: Type.Literal('EdDSA'), use, kty: Type.Literal('OKP'), crv: Type.Literal('Ed25519'), x: number('The public key')
  }, { additionalProperties: false, description: 'A key on the curve Ed25519.' }),
  Type.Object({
    kid, alg: Type.Literal('RS256'), use, kty: Type.Literal('RSA'), n: number('The modulus'), e: number('The exponent')
  }, { additionalProperties: false, description: 'An RSA key.' })
], { description: 'A public key, for signatures of one algorithm.' })

const JwksSchema = Type.Object({
  keys: Type.Array(JwkSchema, { description: 'Keys that sign, that have signed tokens still alive, and that will sign.' })
}, { additionalProperties: false, description: 'The public keys (RFC 7517 5).' })

const MetadataSchema = Type.Object({
  issuer: Type.String({ description: 'The `iss` of every token.', format: 'uri' }),
  jwks_uri: Type.String({ description: 'Where the public keys are.', format: 'uri' }),
  response_types_supported: Type.Array(Type.String(), { description: 'None: there is no authorization endpoint.' }),
  revocation_feed_endpoint: Type.Optional(Type.String({ description: 'Where edges learn what has ended before it expired; absent where there is no feed.', format: 'uri' }))
}, { additionalProperties: false, description: 'What there is to know about the issuer (RFC 8414 2).' })

type Metadata = Static<typeof MetadataSchema>

const tags = ['keys']
const security: [] = []
const UnchangedSchema = Type.Null({ description: 'What you have is what there is.' })

const jwksRoute = {
  operationId: 'listPublicKeys',
  summary: 'The public keys that access tokens are verified with',
  tags,
  security,
  headers: Type.Object({ 'if-none-match': Type.Optional(Type.String({ description: 'The ETag of the copy that you have.' })) }),
  response: { 200: JwksSchema, 304: UnchangedSchema }
}

const metadataRoute = {
  operationId: 'readMetadata',
  summary: 'What there is to know about the issuer',
  tags,
  security,
  response: { 200: MetadataSchema }
}

const discoveryRoute = {
  ...metadataRoute,
  operationId: 'readMetadataByDiscovery',
  summary: 'The same document, where libraries look for keys; this is no OpenID provider'
}

const METADATA_MAX_AGE_SECONDS = 300

type JwksRequest = FastifyRequest<{ Headers: { 'if-none-match'?: string } }>

/** What those who verify tokens must know, from memory: it needs no database. */
export async function wellKnown (app: FastifyInstance, { issuer, keyring, hasFeed }: WellKnownOptions): Promise<void> {
  app.get('/.well-known/jwks.json', { schema: jwksRoute }, onJwks)
  app.get('/.well-known/oauth-authorization-server', { schema: metadataRoute }, onMetadata)
  app.get('/.well-known/openid-configuration', { schema: discoveryRoute }, onMetadata)

  const metadata: Metadata = {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: [],
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
}

/** RFC 9110 13.1.2: a list, compared weakly, or any at all. */
function includesTag (ifNoneMatch: string | undefined, etag: string): boolean {
  return ifNoneMatch !== undefined && ifNoneMatch.split(',').some((tag) => [etag, '*'].includes(tag.trim().replace(/^W\//, '')))
}

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { edge } from '../../edge/index.ts'
import { InvalidRequestError, NotFoundError, toErrorResponses } from '../../errors.ts'
import { KeyringSchema, toKeyringBody, type KeyringBody } from '../../keys/index.ts'
import { noStore } from '../../http/index.ts'
import { changeErrors, guardErrors, toActor, type AdminModuleOptions } from './shared.ts'

const RotationSchema = Type.Object({
  compromised: Type.Optional(Type.String({
    description: 'The kid of a compromised key to revoke, or "all" to revoke all keys. If absent, the rotation is an orderly one.',
    minLength: 1,
    maxLength: 64,
    examples: ['all']
  })),
  use_standby: Type.Optional(Type.Boolean({
    description: 'With `compromised`: whether the published standby signs next, instead of a key that is made now. A new key makes most ' +
      'verifiers without the feed fetch the key set, and so forget the compromised one; the standby is smooth for those that do not ' +
      'fetch for an unknown key.',
    examples: [false]
  }))
}, {
  title: 'RotateKeysRequest',
  additionalProperties: false,
  description: 'Which rotation: `{}` for an orderly one.',
  // Whoever tries it must not revoke a key.
  examples: [{}]
})

type Rotation = Static<typeof RotationSchema>

const tags = ['admin']
const security = [{ bearer: [] }]

const listRoute = {
  operationId: 'listSigningKeys',
  summary: 'The signing keys and their schedule',
  description: 'Nothing of a private key is in the response. `GET /.well-known/jwks.json` has the public keys.',
  tags,
  security,
  response: { 200: KeyringSchema, ...toErrorResponses(...guardErrors) }
}

const rotateRoute = {
  operationId: 'rotateSigningKeys',
  summary: 'Rotate the signing key, or revoke a compromised one',
  description: 'An orderly rotation lets the standby key sign; tokens of the old key stay valid. Tokens of a revoked key are rejected.',
  tags,
  security,
  body: RotationSchema,
  response: { 200: KeyringSchema, ...toErrorResponses(...changeErrors, InvalidRequestError, NotFoundError) }
}

const NEEDS_COMPROMISED = { path: '/use_standby', message: 'needs compromised' }

// The session is looked up too: this edge may not have received the revocation of the admin's session yet.
const CAN_ROTATE = { config: { allow: 'keys:rotate', freshness: 'central' } } as const

/** Lets admins list and rotate the signing keys. */
export async function keys (app: FastifyInstance, { verifier, keyring }: AdminModuleOptions): Promise<void> {
  await app.register(edge, { verifier, allow: 'keys:read' })
  app.addHook('onRequest', noStore)
  app.get('/admin/keys', { schema: listRoute }, onList)
  app.post('/admin/keys/rotate', { schema: rotateRoute, ...CAN_ROTATE }, onRotate)

  async function onList (): Promise<KeyringBody> {
    return toKeyringBody(await keyring.list())
  }

  async function onRotate (request: FastifyRequest<{ Body: Rotation }>): Promise<KeyringBody> {
    const { compromised, use_standby: useStandby } = request.body
    if (useStandby === true && compromised === undefined) throw new InvalidRequestError({ errors: [NEEDS_COMPROMISED] })
    return toKeyringBody(await keyring.rotate({ compromised, useStandby }, toActor(request)))
  }
}

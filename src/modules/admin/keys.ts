import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { edge } from '../../edge/index.ts'
import { InvalidRequestError, NotFoundError, toErrorResponses } from '../../errors.ts'
import { KeyringSchema, toKeyringBody, type KeyringBody } from '../../keys/index.ts'
import { noStore } from '../../no-store.ts'
import { toActor, guardErrors, type AdminModuleOptions } from './shared.ts'

const RotationSchema = Type.Object({
  compromised: Type.Optional(Type.String({
    description: 'The kid of a key that must not be trusted any more, or "all" for all there are. Left out: an orderly rotation.', minLength: 1, maxLength: 64
  }))
}, { additionalProperties: false })

type Rotation = Static<typeof RotationSchema>

const tags = ['admin']
const security = [{ bearer: [] }]

const listRoute = {
  operationId: 'listKeys',
  summary: 'The signing keys and their timetable',
  tags,
  security,
  response: { 200: KeyringSchema, ...toErrorResponses(...guardErrors) }
}

const rotateRoute = {
  operationId: 'rotateKeys',
  summary: 'Let the next key sign: in order, and nobody notices; or in an emergency, and the compromised key is worthless at once',
  tags,
  security,
  body: RotationSchema,
  response: { 200: KeyringSchema, ...toErrorResponses(...guardErrors, InvalidRequestError, NotFoundError) }
}

// Whoever changes what everybody's tokens hang on must not have been ended a moment ago, wherever that has not been heard of yet.
const CAN_ROTATE = { config: { allow: 'keys:rotate', freshness: 'central' } } as const

/** The keyring, in the hands of an admin. */
export async function keys (app: FastifyInstance, { verifier, keyring }: AdminModuleOptions): Promise<void> {
  await app.register(edge, { verifier, allow: 'keys:read' })
  app.addHook('onRequest', noStore)
  app.addHook('preValidation', onEmptyBody)
  app.get('/admin/keys', { schema: listRoute }, onList)
  app.post('/admin/keys/rotate', { schema: rotateRoute, ...CAN_ROTATE }, onRotate)

  async function onList (): Promise<KeyringBody> {
    return toKeyringBody(await keyring.list())
  }

  async function onRotate (request: FastifyRequest<{ Body: Rotation }>): Promise<KeyringBody> {
    return toKeyringBody(await keyring.rotate(request.body, toActor(request)))
  }
}

/** Who asks for an orderly rotation has nothing to say in a body. */
async function onEmptyBody (request: FastifyRequest): Promise<void> {
  if (request.method === 'POST' && request.body === undefined) request.body = {}
}

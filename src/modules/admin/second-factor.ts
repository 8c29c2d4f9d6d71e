import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { edge } from '../../edge/index.ts'
import { InvalidRequestError, NotFoundError, toErrorResponses } from '../../errors.ts'
import { noStore } from '../../http/index.ts'
import { ADMIN_PROOF } from './proof-check.ts'
import { changeErrors, IdParamsSchema, NoContentSchema, toActor, type AdminModuleOptions, type IdParams } from './shared.ts'

const removeRoute = {
  operationId: 'removeSecondFactorsOfUser',
  summary: 'Remove all second factors of a user',
  description: 'For somebody who has lost them: authenticator app, recovery codes and passkeys. Make sure who asks for it. Every session ' +
    'of the user ends, and the user is told by mail, if the service sends any. It asks for a recent proof.',
  tags: ['admin'],
  security: [{ bearer: [] }],
  params: IdParamsSchema,
  response: { 204: NoContentSchema, ...toErrorResponses(...changeErrors, InvalidRequestError, NotFoundError) }
}

// The session is looked up too: this edge may not have received the revocation of the admin's session yet.
const CAN_REMOVE = { config: { allow: 'users:write', freshness: 'central', stepUp: ADMIN_PROOF, revokes: true } } as const

/** Lets admins help users who have lost their second factors. */
export async function secondFactor (app: FastifyInstance, { verifier, adminFor }: AdminModuleOptions): Promise<void> {
  await app.register(edge, { verifier, allow: 'users:read' })
  app.addHook('onRequest', noStore)
  app.delete('/admin/users/:id/second-factor', { schema: removeRoute, ...CAN_REMOVE }, onRemove)

  async function onRemove (request: FastifyRequest<{ Params: IdParams }>, reply: FastifyReply): Promise<void> {
    await adminFor(toActor(request)).removeSecondFactors(request.params.id)
    reply.code(204)
  }
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { edge } from '../../edge/index.ts'
import { NextCursorSchema, PageQuerySchema, type PageQuery } from '../../accounts/index.ts'
import { InvalidRequestError, NotFoundError, toErrorResponses } from '../../errors.ts'
import { SessionSchema, toSessionBody } from '../../sessions/index.ts'
import { noStore } from '../../http/index.ts'
import {
  changeErrors, guardErrors, IdParamsSchema, NoContentSchema, toActor, type AdminModuleOptions, type AuthenticatedRequest, type IdParams
} from './shared.ts'

const SessionsSchema = Type.Object({
  sessions: Type.Array(SessionSchema, { description: 'The active sessions, newest first.' }),
  next: NextCursorSchema
}, { title: 'SessionPage', additionalProperties: false, description: 'A page of sessions of a user.' })

type Sessions = Static<typeof SessionsSchema>

const tags = ['admin']
const security = [{ bearer: [] }]

const listRoute = {
  operationId: 'listSessionsOfUser',
  summary: 'Active sessions of a user, newest first',
  description: 'A page of them; `next` is the `after` of the next page.',
  tags,
  security,
  params: IdParamsSchema,
  querystring: PageQuerySchema,
  response: { 200: SessionsSchema, ...toErrorResponses(...guardErrors, InvalidRequestError, NotFoundError) }
}

const endOfUserRoute = {
  operationId: 'endSessionsOfUser',
  summary: 'End all sessions of a user',
  description: 'Their access tokens are rejected at every edge. The user may log in again: disable the user to prevent it.',
  tags,
  security,
  params: IdParamsSchema,
  response: { 204: NoContentSchema, ...toErrorResponses(...changeErrors, InvalidRequestError, NotFoundError) }
}

const endRoute = {
  operationId: 'endSessionOfAnyone',
  summary: 'End one session of any user',
  description: 'Its refresh token no longer works, and its access tokens are rejected at every edge.',
  tags,
  security,
  params: IdParamsSchema,
  response: { 204: NoContentSchema, ...toErrorResponses(...changeErrors, InvalidRequestError, NotFoundError) }
}

const endEveryRoute = {
  operationId: 'endSessionsOfEverybody',
  summary: 'End all sessions of all users, your own too: after a leak, or after the database was restored',
  description: 'Everybody has to log in again. All access tokens are rejected at every edge.',
  tags,
  security,
  response: { 204: NoContentSchema, ...toErrorResponses(...changeErrors) }
}

// The session is looked up too: this edge may not have received the revocation of the admin's session yet.
const CAN_END = { config: { allow: 'sessions:end', freshness: 'central', revokes: true } } as const

/** Lets admins see and end the sessions of all users. */
export async function sessions (app: FastifyInstance, { verifier, adminFor }: AdminModuleOptions): Promise<void> {
  await app.register(edge, { verifier, allow: 'sessions:read' })
  app.addHook('onRequest', noStore)
  app.get('/admin/users/:id/sessions', { schema: listRoute }, onList)
  app.delete('/admin/users/:id/sessions', { schema: endOfUserRoute, ...CAN_END }, onEndOfUser)
  app.delete('/admin/sessions/:id', { schema: endRoute, ...CAN_END }, onEnd)
  app.delete('/admin/sessions', { schema: endEveryRoute, ...CAN_END }, onEndEvery)

  async function onList (request: FastifyRequest<{ Params: IdParams, Querystring: PageQuery }>): Promise<Sessions> {
    const admin = openAdmin(request)
    if (await admin.findUser(request.params.id) === undefined) throw new NotFoundError()
    const { sessions, next } = await admin.listSessions(request.params.id, request.query)
    return { sessions: sessions.map(toSessionBody), next }
  }

  async function onEndOfUser (request: FastifyRequest<{ Params: IdParams }>, reply: FastifyReply): Promise<void> {
    await openAdmin(request).endUserSessions(request.params.id)
    reply.code(204)
  }

  async function onEnd (request: FastifyRequest<{ Params: IdParams }>, reply: FastifyReply): Promise<void> {
    await openAdmin(request).endSession(request.params.id)
    reply.code(204)
  }

  async function onEndEvery (request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await openAdmin(request).endAllSessions()
    reply.code(204)
  }

  function openAdmin (request: AuthenticatedRequest) {
    return adminFor(toActor(request))
  }
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { edge } from '../../edge/index.ts'
import { NextCursorSchema, PageQuerySchema, type PageQuery } from '../../accounts/index.ts'
import { InvalidRequestError, NotFoundError, toErrorResponses } from '../../errors.ts'
import { SessionSchema, toSessionBody } from '../../sessions/index.ts'
import { noStore } from '../../no-store.ts'
import { toActor, guardErrors, type AdminModuleOptions, type AuthenticatedRequest } from './shared.ts'
import { NothingSchema, ParamsSchema, type UserParams } from './schemas.ts'

const SessionsSchema = Type.Object({
  sessions: Type.Array(SessionSchema, { description: 'Those that go on, newest first.' }),
  next: NextCursorSchema
}, { additionalProperties: false, description: 'A page of the sessions of a user.' })

type Sessions = Static<typeof SessionsSchema>

const tags = ['admin']
const security = [{ bearer: [] }]

const listRoute = {
  operationId: 'listSessionsOfUser',
  summary: 'The sessions of a user',
  tags,
  security,
  params: ParamsSchema,
  querystring: PageQuerySchema,
  response: { 200: SessionsSchema, ...toErrorResponses(...guardErrors, InvalidRequestError, NotFoundError) }
}

const endOfUserRoute = {
  operationId: 'endSessionsOfUser',
  summary: 'End every session of a user',
  tags,
  security,
  params: ParamsSchema,
  response: { 204: NothingSchema, ...toErrorResponses(...guardErrors, InvalidRequestError, NotFoundError) }
}

const endRoute = {
  operationId: 'endSessionOfAnyone',
  summary: 'End one session, whosever it is',
  tags,
  security,
  params: ParamsSchema,
  response: { 204: NothingSchema, ...toErrorResponses(...guardErrors, InvalidRequestError, NotFoundError) }
}

const endEveryRoute = {
  operationId: 'endEverySession',
  summary: 'End everybody\'s sessions, your own too: after a leak, or a restore of the database',
  tags,
  security,
  response: { 204: NothingSchema, ...toErrorResponses(...guardErrors) }
}

// Whoever ends the sessions of others must not have been ended a moment ago, wherever that has not been heard of yet.
const CAN_END = { config: { allow: 'sessions:end', freshness: 'central' } } as const

/** Everybody's sessions, in the hands of an admin. */
export async function sessions (app: FastifyInstance, { verifier, adminFor }: AdminModuleOptions): Promise<void> {
  await app.register(edge, { verifier, allow: 'sessions:read' })
  app.addHook('onRequest', noStore)
  app.get('/admin/users/:id/sessions', { schema: listRoute }, onList)
  app.delete('/admin/users/:id/sessions', { schema: endOfUserRoute, ...CAN_END }, onEndOfUser)
  app.delete('/admin/sessions/:id', { schema: endRoute, ...CAN_END }, onEnd)
  app.delete('/admin/sessions', { schema: endEveryRoute, ...CAN_END }, onEndEvery)

  async function onList (request: FastifyRequest<{ Params: UserParams, Querystring: PageQuery }>): Promise<Sessions> {
    const admin = openAdmin(request)
    if (await admin.findUser(request.params.id) === undefined) throw new NotFoundError()
    const { sessions, next } = await admin.listSessions(request.params.id, request.query)
    return { sessions: sessions.map(toSessionBody), next }
  }

  async function onEndOfUser (request: FastifyRequest<{ Params: UserParams }>, reply: FastifyReply): Promise<void> {
    await openAdmin(request).endUserSessions(request.params.id)
    reply.code(204)
  }

  async function onEnd (request: FastifyRequest<{ Params: UserParams }>, reply: FastifyReply): Promise<void> {
    await openAdmin(request).endSession(request.params.id)
    reply.code(204)
  }

  async function onEndEvery (request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await openAdmin(request).endEverySession()
    reply.code(204)
  }

  function openAdmin (request: AuthenticatedRequest) {
    return adminFor(toActor(request))
  }
}

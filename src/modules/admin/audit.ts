import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { AUDIT_TYPES, type AuditEvent, type AuditType } from '../../audit/index.ts'
import { IdSchema, NextCursorSchema, pagingProperties } from '../../accounts/index.ts'
import { edge } from '../../edge/index.ts'
import { InvalidRequestError, toErrorResponses } from '../../errors.ts'
import { noStore } from '../../no-store.ts'
import { toActor, guardErrors, type AdminModuleOptions } from './shared.ts'

const QuerySchema = Type.Object({
  user_id: Type.Optional(Type.String({ ...IdSchema, description: 'Only events about this user.' })),
  type: Type.Optional(Type.Unsafe<AuditType>(Type.String({ description: 'Only events of this type.', enum: [...AUDIT_TYPES] }))),
  ...pagingProperties
}, { additionalProperties: false })

type Query = Static<typeof QuerySchema>

const maybeId = (description: string) => Type.Union([Type.String({ format: 'uuid' }), Type.Null()], { description })
const maybeText = (description: string) => Type.Union([Type.String(), Type.Null()], { description })

const EventSchema = Type.Object({
  id: Type.String({ description: 'The event\'s id.', format: 'uuid' }),
  at: Type.String({ description: 'When it happened.', format: 'date-time' }),
  type: Type.String({ description: 'What happened.' }),
  user_id: maybeId('Whose account it is about.'),
  actor_id: maybeId('Who did it; null for the system, the command line, and somebody not logged in.'),
  session_id: maybeId('The session it is about.'),
  ip: maybeText('Where the request came from.'),
  user_agent: maybeText('What sent it, by its own account.'),
  request_id: maybeText('The request, as the log names it.'),
  details: Type.Object({}, { description: 'What else there is to say, by type.', additionalProperties: true })
}, { additionalProperties: false, description: 'An event.' })

const PageSchema = Type.Object({
  events: Type.Array(EventSchema, { description: 'Newest first.' }),
  next: NextCursorSchema
}, { additionalProperties: false, description: 'A page of events.' })

type Page = Static<typeof PageSchema>

const listRoute = {
  operationId: 'listAudit',
  summary: 'What happened, newest first',
  tags: ['admin'],
  security: [{ bearer: [] }],
  querystring: QuerySchema,
  response: { 200: PageSchema, ...toErrorResponses(...guardErrors, InvalidRequestError) }
}

/** What happened: read only, for events are never changed. */
export async function audit (app: FastifyInstance, { verifier, adminFor }: AdminModuleOptions): Promise<void> {
  await app.register(edge, { verifier, allow: 'audit:read' })
  app.addHook('onRequest', noStore)
  app.get('/admin/audit', { schema: listRoute }, onList)

  async function onList (request: FastifyRequest<{ Querystring: Query }>): Promise<Page> {
    const { user_id: userId, type, after, limit } = request.query
    const { events, next } = await adminFor(toActor(request)).listAudit({ userId, type, after, limit })
    return { events: events.map(toBody), next }
  }
}

function toBody (event: AuditEvent): Static<typeof EventSchema> {
  return {
    id: event.id,
    at: event.at.toISOString(),
    type: event.type,
    user_id: event.userId,
    actor_id: event.actorId,
    session_id: event.sessionId,
    ip: event.ip,
    user_agent: event.userAgent,
    request_id: event.requestId,
    details: event.details
  }
}

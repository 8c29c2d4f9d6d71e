import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { AUDIT_TYPES, type AuditEvent } from '../../audit/index.ts'
import { IdSchema, NextCursorSchema, pagingProperties } from '../../accounts/index.ts'
import { edge } from '../../edge/index.ts'
import { InvalidRequestError, toErrorResponses } from '../../errors.ts'
import { noStore } from '../../http/index.ts'
import { EXAMPLE_ID, nullable, oneOf } from '../../schemas.ts'
import { toActor, guardErrors, type AdminModuleOptions } from './shared.ts'

const TypeSchema = oneOf(AUDIT_TYPES, { title: 'AuditType', description: 'The type of an event.', examples: ['login'] })

const QuerySchema = Type.Object({
  user_id: Type.Optional(Type.String({ ...IdSchema, description: 'Only events about this user.' })),
  type: Type.Optional(TypeSchema),
  ...pagingProperties
}, { additionalProperties: false })

type Query = Static<typeof QuerySchema>

const maybeId = (description: string) => nullable(Type.String({ description, format: 'uuid', examples: [EXAMPLE_ID] }))
const maybeText = (description: string, example: string) => nullable(Type.String({ description, maxLength: 256, examples: [example] }))

const DetailsSchema = Type.Object({}, {
  title: 'AuditDetails', description: 'More data; depends on the type.', additionalProperties: true, examples: [{}]
})

const EventSchema = Type.Object({
  id: Type.String({ description: 'The event\'s id.', format: 'uuid', examples: [EXAMPLE_ID] }),
  at: Type.String({ description: 'When it happened.', format: 'date-time', examples: ['2026-01-01T00:00:00.000Z'] }),
  // Of an earlier release, too.
  type: Type.Unsafe<string>(TypeSchema),
  user_id: maybeId('The user that the event is about.'),
  actor_id: maybeId('The user who did it; null for the service, the command line, and a client that is not logged in.'),
  session_id: maybeId('The session that the event is about.'),
  ip: maybeText('The IP address of the client.', '192.0.2.1'),
  user_agent: maybeText('The User-Agent header of the request.', 'curl/8.5.0'),
  request_id: maybeText('The id of the request in the log.', 'req-1'),
  details: DetailsSchema
}, { title: 'AuditEvent', additionalProperties: false, description: 'An audit event.' })

const PageSchema = Type.Object({
  events: Type.Array(EventSchema, { description: 'Newest first.' }),
  next: NextCursorSchema
}, { title: 'AuditPage', additionalProperties: false, description: 'A page of audit events.' })

type Page = Static<typeof PageSchema>

const listRoute = {
  operationId: 'listAuditEvents',
  summary: 'Audit events, newest first',
  description: 'A page of them; `next` is the `after` of the next page. Events are kept for AUDIT_RETENTION_DAYS.',
  tags: ['admin'],
  security: [{ bearer: [] }],
  querystring: QuerySchema,
  response: { 200: PageSchema, ...toErrorResponses(...guardErrors, InvalidRequestError) }
}

/** Lets admins read the audit log. */
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

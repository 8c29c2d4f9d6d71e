import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { NextCursorSchema, pagingProperties } from '../../accounts/index.ts'
import { edge } from '../../edge/index.ts'
import { InvalidRequestError, MailDisabledError, MailNotRetryableError, NotFoundError, toErrorResponses } from '../../errors.ts'
import { noStore } from '../../http/index.ts'
import { MAIL_STATES, type MailRecord } from '../../mail/index.ts'
import { EXAMPLE_ID, MAX_INT32, nullable, oneOf } from '../../schemas.ts'
import { changeErrors, guardErrors, IdParamsSchema, toActor, type AdminModuleOptions, type IdParams } from './shared.ts'

const StateSchema = oneOf(MAIL_STATES, {
  title: 'MailState',
  description: '`due`: it waits to be sent; `failed`: refused for good; `expired`: it could not be sent in time; `closed`: it is void.',
  examples: ['due']
})

const QuerySchema = Type.Object({
  state: Type.Optional(StateSchema),
  ...pagingProperties
}, { additionalProperties: false })

type Query = Static<typeof QuerySchema>

const time = (description: string) => Type.String({ description, format: 'date-time', examples: ['2026-01-01T00:00:00.000Z'] })

const MailSchema = Type.Object({
  id: Type.String({ description: 'The id of the mail.', format: 'uuid', examples: [EXAMPLE_ID] }),
  purpose: Type.String({ description: 'What it is for.', examples: ['password_reset'] }),
  state: Type.Unsafe<string>(StateSchema),
  address: nullable(Type.String({
    description: 'Where it goes; null for the address of the user, and some days after the end.', examples: ['user1@example.com']
  })),
  user_id: nullable(Type.String({ description: 'The user that it is about, if that is known.', format: 'uuid', examples: [EXAMPLE_ID] })),
  attempts: Type.Integer({ description: 'Attempts to send it, so far.', minimum: 0, maximum: MAX_INT32, format: 'int32', examples: [1] }),
  created_at: time('When it was asked for.'),
  due_at: nullable(time('When the next attempt is made; null unless `state` is `due`.')),
  ended_at: nullable(time('When `state` stopped to be `due`; null before that.')),
  last_error: nullable(Type.String({
    description: 'What the last attempt failed at: the command, and the codes of the server.', examples: ['RCPT TO 550 5.1.1']
  }))
}, { title: 'Mail', additionalProperties: false, description: 'A mail of the outbox, without its text.' })

const PageSchema = Type.Object({
  mails: Type.Array(MailSchema, { description: 'Newest first.' }),
  next: NextCursorSchema
}, { title: 'MailPage', additionalProperties: false, description: 'A page of mails.' })

type Page = Static<typeof PageSchema>

const AcceptedSchema = Type.Object({}, { title: 'Accepted', additionalProperties: false, description: 'Done soon.', examples: [{}] })

const tags = ['admin']
const security = [{ bearer: [] }]

const listRoute = {
  operationId: 'listMails',
  summary: 'Mails, newest first',
  description: 'A page of them; `next` is the `after` of the next page. A mail is kept for a month after its end, its address for a week.',
  tags,
  security,
  querystring: QuerySchema,
  response: { 200: PageSchema, ...toErrorResponses(...guardErrors, InvalidRequestError) }
}

const retryRoute = {
  operationId: 'retryMail',
  summary: 'Send a mail again that has failed or expired, or one that waits, now',
  description: 'It is sent within a minute. Of a mail that was sent or is void, or ended more than a week ago, nothing can be sent.',
  tags,
  security,
  params: IdParamsSchema,
  response: {
    202: AcceptedSchema,
    ...toErrorResponses(...changeErrors, MailDisabledError, InvalidRequestError, NotFoundError, MailNotRetryableError)
  }
}

// The session is looked up too: this edge may not have received the revocation of the admin's session yet.
const CAN_RETRY = { config: { allow: 'mails:write', freshness: 'central' } } as const

/** Lets admins see what became of mails, and send them again. */
export async function mails (app: FastifyInstance, { verifier, mails }: AdminModuleOptions): Promise<void> {
  await app.register(edge, { verifier, allow: 'mails:read' })
  app.addHook('onRequest', noStore)
  app.get('/admin/mails', { schema: listRoute }, onList)
  app.post('/admin/mails/:id/retry', { schema: retryRoute, ...CAN_RETRY }, onRetry)

  async function onList (request: FastifyRequest<{ Querystring: Query }>): Promise<Page> {
    const { mails: found, next } = await mails.list(request.query)
    return { mails: found.map(toBody), next }
  }

  async function onRetry (request: FastifyRequest<{ Params: IdParams }>, reply: FastifyReply): Promise<object> {
    await mails.retry(request.params.id, toActor(request))
    reply.code(202)
    return {}
  }
}

function toBody (mail: MailRecord): Static<typeof MailSchema> {
  return {
    id: mail.id,
    purpose: mail.purpose,
    state: mail.state,
    address: mail.address,
    user_id: mail.userId,
    attempts: mail.attempts,
    created_at: mail.createdAt.toISOString(),
    due_at: mail.dueAt?.toISOString() ?? null,
    ended_at: mail.endedAt?.toISOString() ?? null,
    last_error: mail.lastError
  }
}

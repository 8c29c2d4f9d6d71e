import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { EmailSchema } from '../../accounts/index.ts'
import { toOrigin } from '../../audit/index.ts'
import { edge, type Verifier } from '../../edge/index.ts'
import {
  EmailTakenError, InsufficientUserAuthenticationError, InvalidRequestError, MailDisabledError, NotFoundError, toErrorResponses,
  TooManyAttemptsError, WrongCodeError
} from '../../errors.ts'
import { noStore } from '../../http/index.ts'
import { CodeExpiresInSchema, CodeSchema, HandleSchema, type EmailOwner, type EmailProofs, type MailedCode } from '../../proofs/index.ts'
import { guardErrors } from './schemas.ts'

interface EmailModuleOptions {
  verifier: Verifier
  /** Opens the proofs of the user who makes the request. */
  emailProofsFor: (owner: EmailOwner) => EmailProofs
}

const NewEmailSchema = Type.Object({
  email: { ...EmailSchema, examples: ['user3@example.com'] }
}, { title: 'ChangeEmailRequest', additionalProperties: false, description: 'The new e-mail.' })

type NewEmail = Static<typeof NewEmailSchema>

const MailedCodeSchema = Type.Object({
  handle: HandleSchema,
  expires_in: CodeExpiresInSchema
}, { title: 'MailedCode', additionalProperties: false, description: 'A mail with a code will be sent.' })

type MailedCodeBody = Static<typeof MailedCodeSchema>

const GivenCodeSchema = Type.Object({
  handle: HandleSchema,
  code: CodeSchema
}, { title: 'ConfirmCodeRequest', additionalProperties: false, description: 'The code of the mail, and the handle that came before it.' })

type GivenCode = Static<typeof GivenCodeSchema>

const tags = ['account']
const security = [{ bearer: [] }]
const requestErrors = [...guardErrors, MailDisabledError, TooManyAttemptsError]
const confirmErrors = [...guardErrors, InvalidRequestError, MailDisabledError, WrongCodeError, TooManyAttemptsError]

const requestChangeRoute = {
  operationId: 'requestEmailChange',
  summary: 'Have a code mailed to your new e-mail',
  description: 'It asks for a recent proof. The response does not say whether somebody has this e-mail. Nothing changes before the code ' +
    'is confirmed.',
  tags,
  security,
  body: NewEmailSchema,
  response: {
    202: MailedCodeSchema, ...toErrorResponses(...requestErrors, InsufficientUserAuthenticationError, InvalidRequestError, NotFoundError)
  }
}

const confirmChangeRoute = {
  operationId: 'confirmEmailChange',
  summary: 'Confirm your new e-mail with the code that was mailed to it',
  description: 'It asks for a recent proof. The old e-mail is told. Sessions go on; links and codes in earlier mails do nothing any more.',
  tags,
  security,
  body: GivenCodeSchema,
  response: {
    204: Type.Null({ description: 'The e-mail has changed, and counts as verified.' }),
    ...toErrorResponses(...confirmErrors, InsufficientUserAuthenticationError, EmailTakenError)
  }
}

const requestVerificationRoute = {
  operationId: 'requestEmailVerification',
  summary: 'Have a code mailed to your e-mail',
  description: 'For an account that was created without a mail. It may be verified again; the time of the first proof stays.',
  tags,
  security,
  response: { 202: MailedCodeSchema, ...toErrorResponses(...requestErrors, NotFoundError) }
}

const confirmVerificationRoute = {
  operationId: 'confirmEmailVerification',
  summary: 'Verify your e-mail with the code that was mailed to it',
  description: 'Sets `email_verified_at` of your account, unless it is set.',
  tags,
  security,
  body: GivenCodeSchema,
  response: { 204: Type.Null({ description: 'The e-mail is verified.' }), ...toErrorResponses(...confirmErrors) }
}

const VERIFY = { config: { allow: 'account:write', freshness: 'central' } } as const
const CHANGE = { config: { allow: 'account:write', freshness: 'central', stepUp: { maxAge: 300 } } } as const

/** Lets users change and verify their own e-mail: /account/email. */
export async function email (app: FastifyInstance, { verifier, emailProofsFor }: EmailModuleOptions): Promise<void> {
  await app.register(edge, { verifier, allow: 'account:read' })
  app.addHook('onRequest', noStore)
  app.post('/account/email', { schema: requestChangeRoute, ...CHANGE }, onRequestChange)
  app.post('/account/email/confirm', { schema: confirmChangeRoute, ...CHANGE }, onConfirmChange)
  app.post('/account/email/verification', { schema: requestVerificationRoute, ...VERIFY }, onRequestVerification)
  app.post('/account/email/verification/confirm', { schema: confirmVerificationRoute, ...VERIFY }, onConfirmVerification)

  async function onRequestChange (request: FastifyRequest<{ Body: NewEmail }>, reply: FastifyReply): Promise<MailedCodeBody> {
    const mailed = await openProofs(request).requestChange(request.body.email)
    reply.code(202)
    return toBody(mailed)
  }

  async function onConfirmChange (request: FastifyRequest<{ Body: GivenCode }>, reply: FastifyReply): Promise<void> {
    await openProofs(request).confirmChange(request.body)
    reply.code(204)
  }

  async function onRequestVerification (request: FastifyRequest, reply: FastifyReply): Promise<MailedCodeBody> {
    const mailed = await openProofs(request).requestVerification()
    reply.code(202)
    return toBody(mailed)
  }

  async function onConfirmVerification (request: FastifyRequest<{ Body: GivenCode }>, reply: FastifyReply): Promise<void> {
    await openProofs(request).confirmVerification(request.body)
    reply.code(204)
  }

  function openProofs (request: Pick<FastifyRequest, 'currentUser' | 'ip' | 'id' | 'headers'>): EmailProofs {
    const { id: userId, sessionId, level } = request.currentUser
    return emailProofsFor({ userId, sessionId, level: level ?? 0, origin: toOrigin(request) })
  }
}

function toBody ({ handle, expiresInSeconds }: MailedCode): MailedCodeBody {
  return { handle, expires_in: expiresInSeconds }
}

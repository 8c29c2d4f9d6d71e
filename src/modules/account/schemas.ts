import { Type, type Static } from 'typebox'
import { IdSchema, NewPasswordSchema, NextCursorSchema, PageQuerySchema, PasswordSchema, UserSchema } from '../../accounts/index.ts'
import {
  CredentialStoreUnavailableError, DoubledCredentialsError, InsufficientScopeError, InvalidRequestError, InvalidTokenError, MissingTokenError, NotFoundError, OverloadedError,
  toErrorResponses, TooManyAttemptsError, WeakPasswordError, WrongPasswordError
} from '../../errors.ts'
import { SessionSchema } from '../../sessions/index.ts'

export const PasswordBodySchema = Type.Object({
  current_password: PasswordSchema,
  new_password: NewPasswordSchema
}, { additionalProperties: false })

export type PasswordBody = Static<typeof PasswordBodySchema>

export const SessionParamsSchema = Type.Object({ id: IdSchema }, { additionalProperties: false })

export type SessionParams = Static<typeof SessionParamsSchema>

export const OwnSessionsSchema = Type.Object({
  sessions: Type.Array(Type.Object({
    ...SessionSchema.properties,
    current: Type.Boolean({ description: 'Whether it is the session that asks.' })
  }, { additionalProperties: false }), { description: 'Those that go on, newest first.' }),
  next: NextCursorSchema
}, { additionalProperties: false, description: 'A page of sessions of one\'s own.' })

export type OwnSessions = Static<typeof OwnSessionsSchema>

const tags = ['account']
const security = [{ bearer: [] }]
const guarded = [DoubledCredentialsError, MissingTokenError, InvalidTokenError, InsufficientScopeError, CredentialStoreUnavailableError]

export const findAccountRoute = {
  operationId: 'findAccount',
  summary: 'Your account',
  tags,
  security,
  response: { 200: UserSchema, ...toErrorResponses(...guarded, NotFoundError) }
}

export const changePasswordRoute = {
  operationId: 'changePassword',
  summary: 'Change your password; every other session of yours ends',
  tags,
  security,
  body: PasswordBodySchema,
  response: {
    204: Type.Null({ description: 'The password has changed. The next request may ask for a refresh.' }),
    ...toErrorResponses(...guarded, InvalidRequestError, WrongPasswordError, WeakPasswordError, TooManyAttemptsError, OverloadedError)
  }
}

export const listSessionsRoute = {
  operationId: 'listSessions',
  summary: 'Your sessions',
  tags,
  security,
  querystring: PageQuerySchema,
  response: { 200: OwnSessionsSchema, ...toErrorResponses(...guarded, InvalidRequestError) }
}

export const endSessionRoute = {
  operationId: 'endSession',
  summary: 'End one of your sessions',
  tags,
  security,
  params: SessionParamsSchema,
  response: { 204: Type.Null({ description: 'The session is over, at every edge.' }), ...toErrorResponses(...guarded, InvalidRequestError, NotFoundError) }
}

export const endSessionsRoute = {
  operationId: 'endSessions',
  summary: 'End all your sessions, this one too',
  tags,
  security,
  response: { 204: Type.Null({ description: 'Every session is over, at every edge.' }), ...toErrorResponses(...guarded, TooManyAttemptsError) }
}

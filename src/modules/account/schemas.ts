import { Type, type Static } from 'typebox'
import {
  IdSchema, NewPasswordSchema, NextCursorSchema, PageQuerySchema, PasswordSchema, UserSchema, ClaimsSchema
} from '../../accounts/index.ts'
import {
  CredentialStoreUnavailableError, DoubledCredentialsError, InsufficientScopeError, InvalidRequestError, InvalidTokenError,
  MissingTokenError, NotFoundError, OverloadedError, toErrorResponses, TooManyAttemptsError, WeakPasswordError, WrongPasswordError
} from '../../errors.ts'
import { authenticationProperties, SessionSchema } from '../../sessions/index.ts'

const PasswordBodySchema = Type.Object({
  current_password: PasswordSchema,
  new_password: NewPasswordSchema
}, { additionalProperties: false })

export type PasswordBody = Static<typeof PasswordBodySchema>

const SessionParamsSchema = Type.Object({ id: IdSchema }, { additionalProperties: false })

export type SessionParams = Static<typeof SessionParamsSchema>

const OwnSessionsSchema = Type.Object({
  sessions: Type.Array(Type.Object({
    ...SessionSchema.properties,
    current: Type.Boolean({ description: 'Whether it is the session of this request.' })
  }, { additionalProperties: false }), { description: 'Your active sessions, newest first.' }),
  next: NextCursorSchema
}, { additionalProperties: false, description: 'A page of your sessions.' })

export type OwnSessions = Static<typeof OwnSessionsSchema>

const AccountSchema = Type.Object({
  ...UserSchema.properties,
  claims: ClaimsSchema,
  ...authenticationProperties
}, { additionalProperties: false, description: 'Your account, and how this access token was authenticated.' })

export type Account = Static<typeof AccountSchema>

const tags = ['account']
const security = [{ bearer: [] }]
export const guardErrors = [
  DoubledCredentialsError, MissingTokenError, InvalidTokenError, InsufficientScopeError, CredentialStoreUnavailableError
]

export const findAccountRoute = {
  operationId: 'findAccount',
  summary: 'Your account',
  tags,
  security,
  response: { 200: AccountSchema, ...toErrorResponses(...guardErrors, NotFoundError) }
}

export const changePasswordRoute = {
  operationId: 'changePassword',
  summary: 'Change your password and end all your other sessions',
  tags,
  security,
  body: PasswordBodySchema,
  response: {
    204: Type.Null({ description: 'The password has changed. The next request may be answered with `refresh_required`.' }),
    ...toErrorResponses(...guardErrors, InvalidRequestError, WrongPasswordError, WeakPasswordError, TooManyAttemptsError, OverloadedError)
  }
}

export const listSessionsRoute = {
  operationId: 'listSessions',
  summary: 'Your active sessions, newest first',
  tags,
  security,
  querystring: PageQuerySchema,
  response: { 200: OwnSessionsSchema, ...toErrorResponses(...guardErrors, InvalidRequestError) }
}

export const endSessionRoute = {
  operationId: 'endSession',
  summary: 'End one of your sessions',
  tags,
  security,
  params: SessionParamsSchema,
  response: {
    204: Type.Null({ description: 'The session has ended, at every edge.' }),
    ...toErrorResponses(...guardErrors, InvalidRequestError, NotFoundError)
  }
}

export const endSessionsRoute = {
  operationId: 'endSessions',
  summary: 'End all your sessions, the current one too',
  tags,
  security,
  response: {
    204: Type.Null({ description: 'All sessions have ended, at every edge.' }),
    ...toErrorResponses(...guardErrors, TooManyAttemptsError)
  }
}

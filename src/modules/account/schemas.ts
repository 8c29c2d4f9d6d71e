import { Type, type Static } from 'typebox'
import {
  IdSchema, NewPasswordSchema, NextCursorSchema, PageQuerySchema, PasswordSchema, userProperties, ClaimsSchema, verifiedProperty
} from '../../accounts/index.ts'
import {
  CredentialStoreUnavailableError, DoubledCredentialsError, InsufficientScopeError, InsufficientUserAuthenticationError,
  InvalidRequestError, InvalidTokenError, LastAdminError, MissingTokenError, NotFoundError, OverloadedError, toErrorResponses,
  TooManyAttemptsError, WeakPasswordError, WrongPasswordError
} from '../../errors.ts'
import { authenticationProperties, SessionSchema } from '../../sessions/index.ts'

const PasswordBodySchema = Type.Object({
  current_password: PasswordSchema,
  new_password: NewPasswordSchema
}, { title: 'ChangePasswordRequest', additionalProperties: false, description: 'The password of now, and the next one.' })

export type PasswordBody = Static<typeof PasswordBodySchema>

const SessionParamsSchema = Type.Object({ id: IdSchema }, { additionalProperties: false })

export type SessionParams = Static<typeof SessionParamsSchema>

const OwnSessionSchema = Type.Object({
  ...SessionSchema.properties,
  current: Type.Boolean({ description: 'Whether it is the session of this request.' })
}, { title: 'OwnSession', additionalProperties: false, description: 'One of your sessions.' })

const OwnSessionsSchema = Type.Object({
  sessions: Type.Array(OwnSessionSchema, { description: 'Your active sessions, newest first.' }),
  next: NextCursorSchema
}, { title: 'OwnSessionPage', additionalProperties: false, description: 'A page of your sessions.' })

export type OwnSessions = Static<typeof OwnSessionsSchema>

const AccountSchema = Type.Object({
  ...userProperties,
  ...verifiedProperty,
  claims: ClaimsSchema,
  ...authenticationProperties
}, { title: 'Account', additionalProperties: false, description: 'Your account, and how this access token was authenticated.' })

export type Account = Static<typeof AccountSchema>

const tags = ['account']
const security = [{ bearer: [] }]
export const guardErrors = [
  DoubledCredentialsError, MissingTokenError, InvalidTokenError, InsufficientScopeError, CredentialStoreUnavailableError
]

export const findAccountRoute = {
  operationId: 'findMyAccount',
  summary: 'Your account',
  description: 'As it is now in the database; `GET /me` says what the access token says.',
  tags,
  security,
  response: { 200: AccountSchema, ...toErrorResponses(...guardErrors, NotFoundError) }
}

export const deleteAccountRoute = {
  operationId: 'deleteMyAccount',
  summary: 'Delete your account, with all your sessions',
  description: 'It asks for a recent proof. The id is never used again; audit events stay. The last admin cannot be deleted.',
  tags,
  security,
  response: {
    204: Type.Null({ description: 'The account is gone, and its tokens are rejected at every edge.' }),
    ...toErrorResponses(...guardErrors, InsufficientUserAuthenticationError, NotFoundError, LastAdminError)
  }
}

export const changePasswordRoute = {
  operationId: 'changeMyPassword',
  summary: 'Change your password and end all your other sessions',
  description: 'The current session stays; its client refreshes when it is told to. Wrong passwords count as failed logins. Where a ' +
    'login needs a second factor, the access token must be of the level `aal2`. The change ' +
    'is told by mail, if the service sends any; links and codes in earlier mails do nothing any more.',
  tags,
  security,
  body: PasswordBodySchema,
  response: {
    204: Type.Null({ description: 'The password has changed. The next request may be answered with `refresh_required`.' }),
    ...toErrorResponses(
      ...guardErrors, InsufficientUserAuthenticationError, InvalidRequestError, WrongPasswordError, WeakPasswordError, TooManyAttemptsError,
      OverloadedError)
  }
}

export const listSessionsRoute = {
  operationId: 'listMySessions',
  summary: 'Your active sessions, newest first',
  description: 'A page of them; `next` is the `after` of the next page. `current` marks the session of this request.',
  tags,
  security,
  querystring: PageQuerySchema,
  response: { 200: OwnSessionsSchema, ...toErrorResponses(...guardErrors, InvalidRequestError) }
}

export const endSessionRoute = {
  operationId: 'endMySession',
  summary: 'End one of your sessions',
  description: 'Its refresh token no longer works, and its access tokens are rejected at every edge.',
  tags,
  security,
  params: SessionParamsSchema,
  response: {
    204: Type.Null({ description: 'The session has ended, at every edge.' }),
    ...toErrorResponses(...guardErrors, InvalidRequestError, NotFoundError)
  }
}

export const endSessionsRoute = {
  operationId: 'endAllMySessions',
  summary: 'End all your sessions, the current one too',
  description: 'You are logged out on all devices. Log in again afterwards.',
  tags,
  security,
  response: {
    204: Type.Null({ description: 'All sessions have ended, at every edge.' }),
    ...toErrorResponses(...guardErrors, TooManyAttemptsError)
  }
}

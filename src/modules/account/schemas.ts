import { Type, type Static } from 'typebox'
import {
  IdSchema, NewPasswordSchema, NextCursorSchema, PageQuerySchema, PasswordSchema, UserSchema, ClaimsSchema
} from '../../accounts/index.ts'
import type { CurrentUser } from '../../edge/index.ts'
import {
  CredentialStoreUnavailableError, DoubledCredentialsError, InsufficientScopeError, InvalidRequestError, InvalidTokenError,
  MissingTokenError, NotFoundError, OverloadedError, toErrorResponses, TooManyAttemptsError, WeakPasswordError, WrongPasswordError
} from '../../errors.ts'
import { LevelSchema, SessionSchema } from '../../sessions/index.ts'

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

/** What both the account and the access token say of a proof. */
export const authenticationProperties = {
  level: Type.Union([LevelSchema, Type.Null()], {
    description: 'How strong the last proof was, as the access token says; null for a machine.'
  }),
  auth_time: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description: 'When the user proved who they are, as the access token says; null for a machine.'
  })
}

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

/** @param user whose access token it is */
export function toAuthenticationBody ({ level, authenticatedAt }: Pick<CurrentUser, 'level' | 'authenticatedAt'>) {
  return { level: level ?? null, auth_time: authenticatedAt === undefined ? null : toIsoTime(authenticatedAt) }
}

/** NumericDate to RFC 3339. */
export function toIsoTime (seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}

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

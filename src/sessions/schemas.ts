import { Type, type Static } from 'typebox'
import { EmailSchema, PasswordSchema } from '../accounts/index.ts'
import {
  AmbiguousCredentialsError, CredentialStoreUnavailableError, CrossSiteError, InvalidCredentialsError, InvalidRefreshTokenError,
  InvalidRequestError, OverloadedError, RefreshRetryError, TooManyAttemptsError, toErrorResponses
} from '../errors.ts'
import type { Session } from './list-sessions.ts'

const LoginBodySchema = Type.Object({
  email: Type.String({ ...EmailSchema, description: 'E-mail of the account. Case and surrounding white space do not matter.' }),
  password: PasswordSchema,
  delivery: Type.Optional(Type.Union([Type.Literal('body'), Type.Literal('cookie')], {
    description: 'Where the refresh token is: in the response body, or, for browsers, in an HttpOnly cookie.', default: 'body'
  }))
}, { additionalProperties: false })

export type LoginBody = Static<typeof LoginBodySchema>

const RefreshTokenBodySchema = Type.Object({
  refresh_token: Type.Optional(Type.String({ description: 'The refresh token, if it is not in the cookie.', maxLength: 4096 }))
}, { additionalProperties: false })

export type RefreshTokenBody = Static<typeof RefreshTokenBodySchema>

/** Like RFC 6749 5.1. */
const TokenResponseSchema = Type.Object({
  access_token: Type.String({ description: 'The access token, a JWT (RFC 9068).' }),
  token_type: Type.Literal('Bearer', { description: 'How to send it (RFC 6750 2.1).' }),
  expires_in: Type.Integer({ description: 'Seconds until the access token expires.' }),
  refresh_token: Type.Optional(Type.String({ description: 'The token for the next refresh: keep the newest. Absent if in the cookie.' })),
  refresh_expires_in: Type.Integer({ description: 'A refresh within so many seconds is accepted, unless the session was ended.' }),
  session_id: Type.String({ description: 'Id of the session; a refresh does not change it.', format: 'uuid' })
}, { additionalProperties: false, description: 'Tokens of a session.' })

export type TokenResponse = Static<typeof TokenResponseSchema>

/** A session as JSON. A refresh by another holder of its token changes only the day. */
export const SessionSchema = Type.Object({
  id: Type.String({ description: 'Id of the session.', format: 'uuid' }),
  created_at: Type.String({ description: 'Time of its login.', format: 'date-time' }),
  last_seen_at: Type.String({ description: 'The day of its last refresh; for the session of this request, now.', format: 'date-time' }),
  user_agent: Type.Union([Type.String(), Type.Null()], { description: 'User-Agent of its login, as it was sent.' }),
  ip: Type.Union([Type.String(), Type.Null()], { description: 'Address of its login.' })
}, { additionalProperties: false, description: 'A session.' })

type SessionBody = Static<typeof SessionSchema>

export function toSessionBody ({ id, createdAt, lastSeenOn, userAgent, ip }: Session): SessionBody {
  return { id, created_at: createdAt.toISOString(), last_seen_at: `${lastSeenOn}T00:00:00.000Z`, user_agent: userAgent, ip }
}

const tags = ['authentication']
const security: [] = []

export const loginRoute = {
  operationId: 'login',
  summary: 'Begin a session with e-mail and password',
  tags,
  security,
  body: LoginBodySchema,
  response: {
    200: TokenResponseSchema,
    ...toErrorResponses(
      InvalidRequestError, AmbiguousCredentialsError, InvalidCredentialsError, CrossSiteError, TooManyAttemptsError, OverloadedError,
      CredentialStoreUnavailableError)
  }
}

export const refreshRoute = {
  operationId: 'refresh',
  summary: 'Refresh a session: exchange its refresh token for new tokens',
  tags,
  security,
  body: RefreshTokenBodySchema,
  response: {
    200: TokenResponseSchema,
    ...toErrorResponses(
      InvalidRequestError, AmbiguousCredentialsError, InvalidRefreshTokenError, CrossSiteError, TooManyAttemptsError, RefreshRetryError,
      CredentialStoreUnavailableError)
  }
}

export const logoutRoute = {
  operationId: 'logout',
  summary: 'End a session, by any refresh token it ever had',
  tags,
  security,
  body: RefreshTokenBodySchema,
  response: {
    204: Type.Null({ description: 'The session has ended, now or before.' }),
    ...toErrorResponses(InvalidRequestError, AmbiguousCredentialsError, CrossSiteError, CredentialStoreUnavailableError)
  }
}

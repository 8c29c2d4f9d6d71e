import { Type, type Static } from 'typebox'
import { EmailSchema, PasswordSchema } from '../accounts/index.ts'
import {
  AmbiguousCredentialsError, CredentialStoreUnavailableError, CrossSiteError, InvalidCredentialsError, InvalidRefreshTokenError, InvalidRequestError, OverloadedError,
  RefreshRetryError, TooManyAttemptsError, toErrorResponses
} from '../errors.ts'
import type { Session } from './list-sessions.ts'

export const LoginBodySchema = Type.Object({
  email: Type.String({ ...EmailSchema, description: 'E-mail of the account; case does not matter, nor white space around it.' }),
  password: PasswordSchema,
  delivery: Type.Optional(Type.Union([Type.Literal('body'), Type.Literal('cookie')], {
    description: 'How the refresh token travels: in the answer\'s body, or in an HttpOnly cookie for browsers.', default: 'body'
  }))
}, { additionalProperties: false })

export type LoginBody = Static<typeof LoginBodySchema>

export const RefreshTokenBodySchema = Type.Object({
  refresh_token: Type.Optional(Type.String({ description: 'The refresh token, when it does not travel in the cookie.', maxLength: 4096 }))
}, { additionalProperties: false })

export type RefreshTokenBody = Static<typeof RefreshTokenBodySchema>

/** In the manner of RFC 6749 5.1. */
export const TokenResponseSchema = Type.Object({
  access_token: Type.String({ description: 'The access token, a JWT (RFC 9068).' }),
  token_type: Type.Literal('Bearer', { description: 'How to send it (RFC 6750 2.1).' }),
  expires_in: Type.Integer({ description: 'Seconds until the access token expires.' }),
  refresh_token: Type.Optional(Type.String({ description: 'The token to refresh with; keep the newest. Absent when it travels in the cookie.' })),
  refresh_expires_in: Type.Integer({ description: 'Seconds within which a refresh is sure to be accepted, if the session is not ended.' }),
  session_id: Type.String({ description: 'The session: the same one for as long as it is refreshed.', format: 'uuid' })
}, { additionalProperties: false, description: 'Tokens of a session.' })

export type TokenResponse = Static<typeof TokenResponseSchema>

/** A session as JSON: nothing in it moves when somebody else refreshes, but for the day. */
export const SessionSchema = Type.Object({
  id: Type.String({ description: 'The session\'s id.', format: 'uuid' }),
  created_at: Type.String({ description: 'When it began, with a login.', format: 'date-time' }),
  last_seen_at: Type.String({ description: 'The day on which it was last refreshed; of the session that asks, now.', format: 'date-time' }),
  user_agent: Type.Union([Type.String(), Type.Null()], { description: 'That of the login, as it was sent.' }),
  ip: Type.Union([Type.String(), Type.Null()], { description: 'That of the login.' })
}, { additionalProperties: false, description: 'A session.' })

export type SessionBody = Static<typeof SessionSchema>

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
    ...toErrorResponses(InvalidRequestError, AmbiguousCredentialsError, InvalidCredentialsError, CrossSiteError, TooManyAttemptsError, OverloadedError, CredentialStoreUnavailableError)
  }
}

export const refreshRoute = {
  operationId: 'refresh',
  summary: 'Go on with a session: trade its refresh token for the next pair of tokens',
  tags,
  security,
  body: RefreshTokenBodySchema,
  response: {
    200: TokenResponseSchema,
    ...toErrorResponses(InvalidRequestError, AmbiguousCredentialsError, InvalidRefreshTokenError, CrossSiteError, TooManyAttemptsError, RefreshRetryError, CredentialStoreUnavailableError)
  }
}

export const logoutRoute = {
  operationId: 'logout',
  summary: 'End a session, by any refresh token it ever had',
  tags,
  security,
  body: RefreshTokenBodySchema,
  response: {
    204: Type.Null({ description: 'The session is over, whether or not it was before.' }),
    ...toErrorResponses(InvalidRequestError, AmbiguousCredentialsError, CrossSiteError, CredentialStoreUnavailableError)
  }
}

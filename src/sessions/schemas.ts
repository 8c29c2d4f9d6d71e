import { Type, type Static } from 'typebox'
import { MAX_AUDIENCE_LENGTH, type Level } from '../contract/index.ts'
import { EmailSchema, PasswordSchema } from '../accounts/index.ts'
import {
  AmbiguousCredentialsError, CredentialStoreUnavailableError, CrossSiteError, InvalidCredentialsError, InvalidRefreshTokenError,
  InvalidRequestError, InvalidTargetError, OverloadedError, RefreshRetryError, TooManyAttemptsError, toErrorResponses
} from '../errors.ts'
import type { Session } from './session-store.ts'

export const AudienceSchema = Type.String({
  description: 'The service that the access token is for: one of AUDIENCES, the first if absent.',
  minLength: 1,
  maxLength: MAX_AUDIENCE_LENGTH
})

const LoginBodySchema = Type.Object({
  email: Type.String({ ...EmailSchema, description: 'E-mail of the account. Case and surrounding white space do not matter.' }),
  password: PasswordSchema,
  delivery: Type.Optional(Type.Union([Type.Literal('body'), Type.Literal('cookie')], {
    description: 'Where the refresh token is: in the response body, or, for browsers, in an HttpOnly cookie.', default: 'body'
  })),
  audience: Type.Optional(AudienceSchema)
}, { additionalProperties: false })

export type LoginBody = Static<typeof LoginBodySchema>

const RefreshBodySchema = Type.Object({
  refresh_token: Type.Optional(Type.String({ description: 'The refresh token, if it is not in the cookie.', maxLength: 4096 })),
  audience: Type.Optional(AudienceSchema)
}, { additionalProperties: false })

export type RefreshBody = Static<typeof RefreshBodySchema>

const LogoutBodySchema = Type.Omit(RefreshBodySchema, ['audience'], { additionalProperties: false })

export type LogoutBody = Static<typeof LogoutBodySchema>

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

const LevelSchema = Type.Integer({
  description: 'How strong the proof was: 1 a password, 2 two factors, 3 a passkey that verified the user.', minimum: 1, maximum: 3
})

/** What an access token says of the proof, as JSON. */
export const authenticationProperties = {
  level: Type.Union([LevelSchema, Type.Null()], {
    description: 'How strong the last proof was, as the access token says; null for a machine.'
  }),
  auth_time: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description: 'When the user proved who they are, as the access token says; null for a machine.'
  })
}

/** @param user whose access token it is; a machine's says nothing */
export function toAuthenticationBody ({ level, authenticatedAt }: { level?: Level | undefined, authenticatedAt?: number | undefined }) {
  return { level: level ?? null, auth_time: authenticatedAt === undefined ? null : new Date(authenticatedAt * 1000).toISOString() }
}

/** A session as JSON. A refresh by another holder of its token changes only the day. */
export const SessionSchema = Type.Object({
  id: Type.String({ description: 'Id of the session.', format: 'uuid' }),
  created_at: Type.String({ description: 'Time of its login.', format: 'date-time' }),
  last_seen_at: Type.String({ description: 'The day of its last refresh; for the session of this request, now.', format: 'date-time' }),
  user_agent: Type.Union([Type.String(), Type.Null()], { description: 'User-Agent of its login, as it was sent.' }),
  ip: Type.Union([Type.String(), Type.Null()], { description: 'Address of its login.' }),
  authenticated_at: Type.String({ description: 'When the user proved who they are.', format: 'date-time' }),
  level: LevelSchema,
  methods: Type.Array(Type.String(), { description: 'The proofs: `password`.' })
}, { additionalProperties: false, description: 'A session.' })

type SessionBody = Static<typeof SessionSchema>

export function toSessionBody (session: Session): SessionBody {
  const { id, createdAt, lastSeenOn, userAgent, ip, authenticatedAt, level, methods } = session
  return {
    id,
    created_at: createdAt.toISOString(),
    last_seen_at: `${lastSeenOn}T00:00:00.000Z`,
    user_agent: userAgent,
    ip,
    authenticated_at: authenticatedAt.toISOString(),
    level,
    methods: [...methods]
  }
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
      InvalidRequestError, InvalidTargetError, AmbiguousCredentialsError, InvalidCredentialsError, CrossSiteError, TooManyAttemptsError,
      OverloadedError, CredentialStoreUnavailableError)
  }
}

export const refreshRoute = {
  operationId: 'refresh',
  summary: 'Refresh a session: exchange its refresh token for new tokens',
  tags,
  security,
  body: RefreshBodySchema,
  response: {
    200: TokenResponseSchema,
    ...toErrorResponses(
      InvalidRequestError, InvalidTargetError, AmbiguousCredentialsError, InvalidRefreshTokenError, CrossSiteError, TooManyAttemptsError,
      RefreshRetryError, CredentialStoreUnavailableError)
  }
}

export const logoutRoute = {
  operationId: 'logout',
  summary: 'End a session, by any refresh token it ever had',
  tags,
  security,
  body: LogoutBodySchema,
  response: {
    204: Type.Null({ description: 'The session has ended, now or before.' }),
    ...toErrorResponses(InvalidRequestError, AmbiguousCredentialsError, CrossSiteError, CredentialStoreUnavailableError)
  }
}

import { Type, type Static } from 'typebox'
import { MAX_AUDIENCE_LENGTH, type Level } from '../contract/index.ts'
import {
  AmbiguousCredentialsError, CredentialStoreUnavailableError, CrossSiteError, InvalidRefreshTokenError, InvalidRequestError,
  InvalidTargetError, RefreshRetryError, toErrorResponses, TooManyAttemptsError
} from '../errors.ts'
import { EXAMPLE_ID, MAX_INT32, nullable, oneOf } from '../schemas.ts'
import type { Session } from './session-store.ts'

const EXAMPLE_REFRESH_TOKEN = 'the refresh_token of the last response'

const seconds = { minimum: 0, maximum: MAX_INT32, format: 'int32' }
const time = { format: 'date-time', examples: ['2026-01-01T00:00:00.000Z'] }

/** Like RFC 6749 5.1. */
export const accessTokenProperties = {
  access_token: Type.String({ description: 'The access token, a JWT (RFC 9068).', examples: ['eyJ…'] }),
  token_type: oneOf(['Bearer'], { description: 'How to send it (RFC 6750 2.1).' }),
  expires_in: Type.Integer({ description: 'Seconds until the access token expires.', ...seconds, examples: [300] })
}

/** The document adds the default as an example. */
export const AudienceSchema = Type.String({
  title: 'Audience',
  description: 'The service that the access token is for: one of AUDIENCES, the first if absent.',
  minLength: 1,
  maxLength: MAX_AUDIENCE_LENGTH
})

const refreshTokenProperties = {
  refresh_token: Type.Optional(Type.String({
    description: 'The refresh token, if it is not in the cookie.', maxLength: 4096, examples: [EXAMPLE_REFRESH_TOKEN]
  }))
}

const RefreshBodySchema = Type.Object({ ...refreshTokenProperties, audience: Type.Optional(AudienceSchema) }, {
  title: 'RefreshRequest', additionalProperties: false, description: 'The session to refresh. A client with the cookie sends no body.'
})

export type RefreshBody = Static<typeof RefreshBodySchema>

const LogoutBodySchema = Type.Object(refreshTokenProperties, {
  title: 'LogoutRequest', additionalProperties: false, description: 'The session to end. A client with the cookie sends no body.'
})

export type LogoutBody = Static<typeof LogoutBodySchema>

const TokensSchema = Type.Object({
  ...accessTokenProperties,
  refresh_token: Type.Optional(Type.String({
    description: 'The token for the next refresh: keep the newest. Absent if in the cookie.',
    maxLength: 4096,
    examples: [EXAMPLE_REFRESH_TOKEN]
  })),
  refresh_expires_in: Type.Integer({
    description: 'A refresh within so many seconds is accepted, unless the session was ended.', ...seconds, examples: [604_800]
  }),
  session_id: Type.String({ description: 'Id of the session; a refresh does not change it.', format: 'uuid', examples: [EXAMPLE_ID] })
}, { title: 'Tokens', additionalProperties: false, description: 'Tokens of a session.' })

export type TokensBody = Static<typeof TokensSchema>

const LevelSchema = Type.Integer({
  description: 'How strong the proof was: 1 a password, 2 two factors, 3 a passkey that verified the user.',
  minimum: 1,
  maximum: 3,
  format: 'int32',
  examples: [1]
})

/** What an access token says of the proof, as JSON. */
export const authenticationProperties = {
  level: nullable(Type.Integer({
    ...LevelSchema, description: 'How strong the last proof was, as the access token says; null for a machine.'
  })),
  auth_time: nullable(Type.String({
    ...time, description: 'When the user proved who they are, as the access token says; null for a machine.'
  }))
}

/** @param user whose access token it is; a machine's says nothing */
export function toAuthenticationBody ({ level, authenticatedAt }: { level?: Level | undefined, authenticatedAt?: number | undefined }) {
  return { level: level ?? null, auth_time: authenticatedAt === undefined ? null : new Date(authenticatedAt * 1000).toISOString() }
}

/** A session as JSON. A refresh by another holder of its token changes only the day. */
export const SessionSchema = Type.Object({
  id: Type.String({ description: 'Id of the session.', format: 'uuid', examples: [EXAMPLE_ID] }),
  created_at: Type.String({ description: 'Time of its login.', ...time }),
  last_seen_at: Type.String({ description: 'The day of its last refresh; for the session of this request, now.', ...time }),
  user_agent: nullable(Type.String({ description: 'User-Agent of its login, as it was sent.', maxLength: 256, examples: ['curl/8.5.0'] })),
  ip: nullable(Type.String({ description: 'Address of its login.', maxLength: 45, examples: ['192.0.2.1'] })),
  authenticated_at: Type.String({ description: 'When the user proved who they are.', ...time }),
  level: LevelSchema,
  methods: Type.Array(Type.String({ examples: ['password'] }), {
    description: 'The proofs: `password`, `totp`, `recovery_code`, `passkey`.'
  })
}, { title: 'Session', additionalProperties: false, description: 'A session.' })

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

/** The response of any login. */
export const tokensResponse = {
  ...TokensSchema, headers: { 'set-cookie': Type.Optional(Type.String({ description: 'The session cookie, with `delivery: cookie`.' })) }
}

const tags = ['authentication']
const byCookieOrBody = [{ session: [] }, {}]

export const refreshRoute = {
  operationId: 'refresh',
  summary: 'Refresh a session: exchange its refresh token for new tokens',
  description: 'Send the refresh token in the body or in the cookie, never in both: the new one is where the old one was. A lost ' +
    'response can be fetched again with the same token; a much older token ends the session, because two parties hold it.',
  tags,
  security: byCookieOrBody,
  body: Type.Optional(RefreshBodySchema),
  response: {
    200: tokensResponse,
    ...toErrorResponses(
      InvalidRequestError, InvalidTargetError, AmbiguousCredentialsError, InvalidRefreshTokenError, CrossSiteError, TooManyAttemptsError,
      RefreshRetryError, CredentialStoreUnavailableError)
  }
}

export const logoutRoute = {
  operationId: 'logout',
  summary: 'End a session, by any refresh token it ever had',
  description: 'Send the refresh token in the body or in the cookie, never in both. The access tokens of the session are rejected at ' +
    'every edge. The response is the same if there is no such session.',
  tags,
  security: byCookieOrBody,
  body: Type.Optional(LogoutBodySchema),
  response: {
    204: {
      ...Type.Null({ description: 'The session has ended, now or before.' }),
      headers: {
        'set-cookie': Type.Optional(Type.String({ description: 'Deletes the session cookie.' })),
        'clear-site-data': Type.Optional(Type.String({ description: 'With the cookie: what else the browser deletes.' }))
      }
    },
    ...toErrorResponses(InvalidRequestError, AmbiguousCredentialsError, CrossSiteError, CredentialStoreUnavailableError)
  }
}

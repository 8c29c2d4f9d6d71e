import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { ClaimsSchema } from '../../accounts/index.ts'
import { edge, type Verifier } from '../../edge/index.ts'
import { DoubledCredentialsError, InsufficientScopeError, InvalidTokenError, MissingTokenError, toErrorResponses } from '../../errors.ts'
import { noStore } from '../../http/index.ts'
import { authenticationProperties, toAuthenticationBody } from '../../sessions/index.ts'

const MeSchema = Type.Object({
  id: Type.String({ description: 'The id of the user.', format: 'uuid' }),
  role: Type.String({ description: 'The role of the user.' }),
  capabilities: Type.Array(Type.String(), { description: 'The capabilities of the role in this service.' }),
  session_id: Type.String({ description: 'The session of this token.', format: 'uuid' }),
  issued_at: Type.String({ description: 'When this token was issued.', format: 'date-time' }),
  expires_at: Type.String({ description: 'When this token expires.', format: 'date-time' }),
  claims: ClaimsSchema,
  ...authenticationProperties
}, { additionalProperties: false, description: 'The user that the access token identifies.' })

type Me = Static<typeof MeSchema>

const meRoute = {
  operationId: 'whoAmI',
  summary: 'The user that the access token identifies; no database query',
  tags: ['account'],
  security: [{ bearer: [] }],
  response: {
    200: MeSchema,
    ...toErrorResponses(DoubledCredentialsError, MissingTokenError, InvalidTokenError, InsufficientScopeError)
  }
}

/** The smallest guarded module: copy it to start your own. */
export async function me (app: FastifyInstance, { verifier }: { verifier: Verifier }): Promise<void> {
  await app.register(edge, { verifier, allow: 'account:read' })
  app.addHook('onRequest', noStore)
  app.get('/me', { schema: meRoute }, onMe)

  async function onMe ({ currentUser }: FastifyRequest): Promise<Me> {
    const { id, role, sessionId, capabilities, issuedAt, expiresAt, claims } = currentUser
    const times = { issued_at: toIsoTime(issuedAt), expires_at: toIsoTime(expiresAt) }
    return { id, role, capabilities: [...capabilities], session_id: sessionId, ...times, claims, ...toAuthenticationBody(currentUser) }
  }
}

/** NumericDate to RFC 3339. */
function toIsoTime (seconds: number): string {
  return new Date(seconds * 1000).toISOString()
}

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { ClaimsSchema, RoleSchema } from '../../accounts/index.ts'
import { edge, type Verifier } from '../../edge/index.ts'
import { DoubledCredentialsError, InsufficientScopeError, InvalidTokenError, MissingTokenError, toErrorResponses } from '../../errors.ts'
import { noStore } from '../../http/index.ts'
import { EXAMPLE_ID } from '../../schemas.ts'
import { authenticationProperties, toAuthenticationBody } from '../../sessions/index.ts'

const time = { format: 'date-time', examples: ['2026-01-01T00:00:00.000Z'] }

const MeSchema = Type.Object({
  id: Type.String({ description: 'The id of the user.', format: 'uuid', examples: [EXAMPLE_ID] }),
  role: RoleSchema,
  capabilities: Type.Array(Type.String({ examples: ['account:read'] }), { description: 'The capabilities of the role in this service.' }),
  session_id: Type.String({ description: 'The session of this token.', format: 'uuid', examples: [EXAMPLE_ID] }),
  issued_at: Type.String({ description: 'When this token was issued.', ...time }),
  expires_at: Type.String({ description: 'When this token expires.', ...time }),
  claims: ClaimsSchema,
  ...authenticationProperties
}, { title: 'Me', additionalProperties: false, description: 'The user that the access token identifies.' })

type Me = Static<typeof MeSchema>

const meRoute = {
  operationId: 'whoAmI',
  summary: 'The user that the access token identifies; no database query',
  description: 'What the access token says, and which capabilities its role has.',
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

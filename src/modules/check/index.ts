import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { Rejection, type AnyUser, type RejectionReason, type Verifier } from '../../edge/index.ts'
import {
  DoubledCredentialsError, InsufficientScopeError, InvalidRequestError, InvalidTargetError, InvalidTokenError, MissingTokenError,
  toErrorResponses
} from '../../errors.ts'
import { noStore } from '../../http/index.ts'
import { AudienceSchema } from '../../sessions/index.ts'

interface CheckOptions {
  /** @throws InvalidTargetError for an audience that is not in AUDIENCES; without one, the default is meant */
  verifierFor: (audience: string | undefined) => Verifier
}

const CheckQuerySchema = Type.Object({
  allow: Type.Optional(Type.String({
    description: 'The capability that the request behind the gateway needs.', maxLength: 64, examples: ['account:read']
  })),
  audience: Type.Optional(AudienceSchema)
}, { additionalProperties: false })

type CheckQuery = Static<typeof CheckQuerySchema>

const text = (description: string) => Type.String({ description })

const checkRoute = {
  operationId: 'checkToken',
  summary: 'Check an access token for a gateway (auth_request, forward_auth); no database query',
  description: 'The response has no body: the user is in its headers, which the gateway must copy over those of the request. HEAD, too.',
  tags: ['authentication'],
  security: [{ bearer: [] }],
  querystring: CheckQuerySchema,
  response: {
    204: Type.Null({
      description: 'The token is valid, and the user may do what `allow` asks for.',
      headers: {
        'X-Auth-User': text('The id of the user.'),
        'X-Auth-Role': text('The role of the user; empty for a token with a ceiling, which has less than the role.'),
        'X-Auth-Session': text('The id of the session.'),
        'X-Auth-Claims': text('The custom claims of the user, as JSON in ASCII; `{}` if there are none.')
      }
    }),
    ...toErrorResponses(
      InvalidRequestError, InvalidTargetError, DoubledCredentialsError, MissingTokenError, InvalidTokenError, InsufficientScopeError)
  }
}

type CheckRequest = FastifyRequest<{ Querystring: CheckQuery }>

/** Lets gateways that are no edge ask about the token of each request. */
export async function check (app: FastifyInstance, { verifierFor }: CheckOptions): Promise<void> {
  app.addHook('onRequest', noStore)
  // For the log, which names the user.
  app.decorateRequest('currentUser')
  app.get('/auth/check', { schema: checkRoute }, onCheck)

  async function onCheck (request: CheckRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { allow, audience } = request.query
    const verifier = verifierFor(audience)
    // A mistake of the gateway's configuration: no token would help.
    if (allow !== undefined && !verifier.roles.grants(allow)) throw new InvalidRequestError({ errors: [UNKNOWN_CAPABILITY] })
    const user = await verifier.authenticate(request)
    if (typeof user === 'string') return reject(request, reply, user)
    request.currentUser = user
    if (!isAllowed(user, allow)) return reject(request, reply, 'insufficient_scope')
    return reply.code(204).headers(toHeaders(user)).send()
  }
}

const UNKNOWN_CAPABILITY = { path: 'allow', message: 'must be a capability that a role grants' }

/** A token with a ceiling is for what its ceiling names: whoever asks for no capability must not take it for a full one. */
function isAllowed ({ can, is, role }: AnyUser, allow: string | undefined): boolean {
  return allow === undefined ? is(role) : can(allow)
}

/** Each of them in every response, so that no header of the client's own passes a gateway that copies them. */
function toHeaders ({ id, role, sessionId, claims, is }: AnyUser): Record<string, string> {
  return { 'x-auth-user': id, 'x-auth-role': is(role) ? role : '', 'x-auth-session': sessionId, 'x-auth-claims': toAsciiJson(claims) }
}

/** RFC 9110 5.5: header values are ASCII. */
function toAsciiJson (value: object): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function reject (request: FastifyRequest, reply: FastifyReply, reason: RejectionReason): FastifyReply {
  const { status, headers, body } = new Rejection(reason)
  request.log.info({ event: 'request_rejected', reason }, 'request rejected at the edge')
  return reply.code(status).headers(headers).send(body)
}

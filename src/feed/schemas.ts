import { Type } from 'typebox'
import { ALGORITHMS, AS_OF_HEADER } from '../contract/index.ts'
import {
  DoubledCredentialsError, InvalidTokenError, MissingTokenError, NotAcceptableError, NotReadyError, OverloadedError, toErrorResponses
} from '../errors.ts'

const numericDate = (description: string) => Type.Integer({ description: `${description} NumericDate.` })

const SessionRevokedSchema = Type.Object({
  sid: Type.String({ description: 'The session.', format: 'uuid' }),
  exp: numericDate('When the last of its tokens has expired.')
}, { additionalProperties: false, description: 'A session that has ended: its tokens are rejected.' })

const RefreshRequiredSchema = Type.Object({
  sub: Type.Optional(Type.String({ description: 'The user; everybody if it is left out.', format: 'uuid' })),
  before: numericDate('Tokens with an earlier `iat` are rejected.'),
  exp: numericDate('When the last of those tokens has expired.')
}, { additionalProperties: false, description: 'A not-before: older tokens are rejected. The session stays, and the client refreshes.' })

const JwkSchema = Type.Object({
  kid: Type.String({ description: 'Its id.' }),
  alg: Type.String({ description: 'The only algorithm it is used with.', enum: [...ALGORITHMS] }),
  use: Type.Literal('sig', { description: 'Its use.' }),
  kty: Type.String({ description: 'Its type; the other members depend on it.' })
}, { additionalProperties: true, description: 'A public key (RFC 7517).' })

const JwksSchema = Type.Object({
  keys: Type.Array(JwkSchema, { description: 'Trusted keys.' })
}, { additionalProperties: false, description: 'The current JWKS.' })

const KeysSchema = Type.Object({
  jwks: JwksSchema,
  revoked: Type.Array(Type.String(), { description: 'Ids of revoked keys, which are never trusted again.' })
}, { additionalProperties: false, description: 'Signing keys.' })

const asOf = {
  description: 'The database\'s time of the last successful sync: all revocations before it are included.',
  format: 'date-time'
}

const DocumentSchema = Type.Object({
  cursor: Type.String({ description: 'The id of the last event that the document includes, `epoch-seq`; also the ETag.' }),
  as_of: Type.String(asOf),
  revoked: Type.Array(SessionRevokedSchema, { description: 'Ended sessions.' }),
  refresh_required: Type.Array(RefreshRequiredSchema, { description: 'Not-befores in force.' }),
  keys: KeysSchema
}, { additionalProperties: false, description: 'All revocations in force.' })

const HeadersSchema = Type.Object({
  'last-event-id': Type.Optional(Type.String({
    description: 'For a stream: the id of the last event received. The events after it are sent, or a snapshot if they are no longer kept.'
  })),
  'if-none-match': Type.Optional(Type.String({ description: 'For JSON: the ETag of the last document.' }))
})

const headers = { etag: Type.String({ description: 'The cursor.' }), [AS_OF_HEADER]: Type.String(asOf) }

const events = `Events \`snapshot\` (in parts; the last one has \`last: true\`), \`revoked\`, \`refresh_required\`, \`keys\` and
\`heartbeat\`, each with JSON data in one line and an id \`epoch-seq\`.
Entries are only added, and each expires at its own \`exp\`. If heartbeats are missing, or their \`as_of\` is too old, the feed is stale.`

export const feedRoute = {
  operationId: 'followRevocations',
  summary: 'Revocations and keys, as a stream of events or as one JSON document',
  tags: ['revocations'],
  security: [{ feed: [] }],
  headers: HeadersSchema,
  response: {
    200: {
      description: 'The stream or the document, whichever Accept prefers: by `q`, then by order. Without Accept, the document.',
      headers,
      content: {
        'application/json': { schema: DocumentSchema },
        'text/event-stream': { schema: Type.String({ description: events }) }
      }
    },
    304: { ...Type.Null({ description: 'Not modified since the document of If-None-Match.' }), headers },
    ...toErrorResponses(
      DoubledCredentialsError, MissingTokenError, InvalidTokenError, NotAcceptableError, NotReadyError, OverloadedError)
  }
}

import { Type } from 'typebox'
import { ALGORITHMS, AS_OF_HEADER } from '../contract/index.ts'
import { DoubledCredentialsError, InvalidTokenError, MissingTokenError, NotReadyError, OverloadedError, toErrorResponses } from '../errors.ts'

const numericDate = (description: string) => Type.Integer({ description: `${description} NumericDate.` })

const SessionRevokedSchema = Type.Object({
  sid: Type.String({ description: 'The session.', format: 'uuid' }),
  exp: numericDate('When the last of its tokens has expired anyway.')
}, { additionalProperties: false, description: 'A session that has ended: its tokens are refused.' })

const RefreshRequiredSchema = Type.Object({
  sub: Type.Optional(Type.String({ description: 'The user; everybody when left out.', format: 'uuid' })),
  before: numericDate('Tokens with an earlier `iat` are refused.'),
  exp: numericDate('When the last of those tokens has expired anyway.')
}, { additionalProperties: false, description: 'Older tokens are refused; the client refreshes and goes on.' })

const JwkSchema = Type.Object({
  kid: Type.String({ description: 'Its id.' }),
  alg: Type.String({ description: 'The one algorithm it is used with.', enum: [...ALGORITHMS] }),
  use: Type.Literal('sig', { description: 'What it is for.' }),
  kty: Type.String({ description: 'Its type; the other members depend on it.' })
}, { additionalProperties: true, description: 'A public key (RFC 7517).' })

const KeysSchema = Type.Object({
  jwks: Type.Object({ keys: Type.Array(JwkSchema, { description: 'Keys that are trusted.' }) }, { additionalProperties: false, description: 'The JWKS as it is now.' }),
  revoked: Type.Array(Type.String(), { description: 'Ids of keys that are never trusted again.' })
}, { additionalProperties: false, description: 'Signing keys.' })

const asOf = { description: 'The database\'s time of the last good catch-up: all that was revoked before it is known.', format: 'date-time' }

const DocumentSchema = Type.Object({
  cursor: Type.String({ description: 'Where the document stands: `epoch-seq`; also the ETag.' }),
  as_of: Type.String(asOf),
  revoked: Type.Array(SessionRevokedSchema, { description: 'Sessions that have ended.' }),
  refresh_required: Type.Array(RefreshRequiredSchema, { description: 'Cuts in force.' }),
  keys: KeysSchema
}, { additionalProperties: false, description: 'All that is in force.' })

const HeadersSchema = Type.Object({
  'last-event-id': Type.Optional(Type.String({ description: 'Of a stream: the id of the last event that arrived. What came after it is sent, or a snapshot where that is no longer known.' })),
  'if-none-match': Type.Optional(Type.String({ description: 'Of JSON: the ETag of the last document.' }))
})

const headers = { etag: Type.String({ description: 'The cursor.' }), [AS_OF_HEADER]: Type.String(asOf) }

const events = `Events \`snapshot\` (in parts, \`last\` on the last), \`revoked\`, \`refresh_required\`, \`keys\` and \`heartbeat\`, each with its data as JSON in one line and an id \`epoch-seq\`.
Entries are only ever added, and go by their own \`exp\`; whoever misses heartbeats, or finds their \`as_of\` too old, has a stale feed.`

export const feedRoute = {
  operationId: 'followRevocations',
  summary: 'What ended before it expired: as a stream of events, or whole as JSON',
  tags: ['revocations'],
  security: [{ feed: [] }],
  headers: HeadersSchema,
  response: {
    200: {
      description: 'The stream, for `Accept: text/event-stream`; otherwise the document.',
      headers,
      content: {
        'application/json': { schema: DocumentSchema },
        'text/event-stream': { schema: Type.String({ description: events }) }
      }
    },
    304: { ...Type.Null({ description: 'Nothing has changed since the document of If-None-Match.' }), headers },
    ...toErrorResponses(DoubledCredentialsError, MissingTokenError, InvalidTokenError, NotReadyError, OverloadedError)
  }
}

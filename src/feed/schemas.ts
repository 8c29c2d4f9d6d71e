import { Type } from 'typebox'
import { AS_OF_HEADER } from '../contract/index.ts'
import {
  DoubledCredentialsError, InvalidTokenError, MissingTokenError, NotAcceptableError, NotReadyError, OverloadedError, toErrorResponses
} from '../errors.ts'
import { EXAMPLE_ID, numericDate, PublicKeysSchema } from '../schemas.ts'

const SessionRevokedSchema = Type.Object({
  sid: Type.String({ description: 'The session.', format: 'uuid', examples: [EXAMPLE_ID] }),
  exp: numericDate('When the last of its tokens has expired. NumericDate.')
}, { title: 'RevokedSession', additionalProperties: false, description: 'A session that has ended: its tokens are rejected.' })

const RefreshRequiredSchema = Type.Object({
  sub: Type.Optional(Type.String({ description: 'The user; everybody if it is left out.', format: 'uuid', examples: [EXAMPLE_ID] })),
  before: numericDate('Tokens with an earlier `iat` are rejected. NumericDate.'),
  exp: numericDate('When the last of those tokens has expired. NumericDate.')
}, {
  title: 'NotBefore',
  additionalProperties: false,
  description: 'A not-before: older tokens are rejected. The session stays, and the client refreshes.'
})

const KeysSchema = Type.Object({
  jwks: PublicKeysSchema,
  revoked: Type.Array(Type.String({ maxLength: 256 }), { description: 'Ids of revoked keys, which are never trusted again.' })
}, { title: 'TrustedKeys', additionalProperties: false, description: 'Signing keys.' })

const asOf = {
  description: 'The database\'s time of the last successful sync: all revocations before it are included.',
  format: 'date-time',
  examples: ['2026-01-01T00:00:00.000Z']
}

const DocumentSchema = Type.Object({
  cursor: Type.String({
    description: 'The id of the last event that the document includes, `epoch-seq`; also the ETag.', examples: ['0198c1d57a2b-17']
  }),
  as_of: Type.String(asOf),
  revoked: Type.Array(SessionRevokedSchema, { description: 'Ended sessions.' }),
  refresh_required: Type.Array(RefreshRequiredSchema, { description: 'Not-befores in force.' }),
  keys: KeysSchema
}, { title: 'Revocations', additionalProperties: false, description: 'All revocations in force.' })

const HeadersSchema = Type.Object({
  'last-event-id': Type.Optional(Type.String({
    description: 'For a stream: the id of the last event received. The events after it are sent, or a snapshot if they are no longer kept.'
  })),
  'if-none-match': Type.Optional(Type.String({ description: 'For JSON: the ETag of the last document.' }))
})

const vary = Type.String({ description: 'What the response depends on.', examples: ['Accept'] })
const ofDocument = {
  'cache-control': Type.String({ description: 'How long the response may be kept.', examples: ['private, no-cache'] }),
  etag: Type.String({ description: 'The cursor.' }),
  [AS_OF_HEADER]: Type.String(asOf),
  vary
}
// A stream has neither a cursor nor a time.
const ofEither = { ...ofDocument, etag: Type.Optional(ofDocument.etag), [AS_OF_HEADER]: Type.Optional(ofDocument[AS_OF_HEADER]) }

const events = `Events \`snapshot\` (in parts; the last one has \`last: true\`), \`revoked\`, \`refresh_required\`, \`keys\` and
\`heartbeat\`, each with JSON data in one line and an id \`epoch-seq\`.
Entries are only added, and each expires at its own \`exp\`. If heartbeats are missing, or their \`as_of\` is too old, the feed is stale.`

export const feedRoute = {
  operationId: 'readRevocations',
  summary: 'Revocations and keys, as a stream of events or as one JSON document',
  description: 'For services that verify tokens. The stream tells of each revocation at once; the document is for those that poll.',
  tags: ['revocations'],
  security: [{ feed: [] }],
  headers: HeadersSchema,
  response: {
    200: {
      description: 'The stream or the document, whichever Accept prefers: by `q`, then by order. Without Accept, the document.',
      headers: ofEither,
      content: {
        'application/json': { schema: DocumentSchema },
        'text/event-stream': { schema: Type.String({ description: events }) }
      }
    },
    304: { ...Type.Null({ description: 'Not modified since the document of If-None-Match.' }), headers: ofDocument },
    ...toErrorResponses(
      DoubledCredentialsError, MissingTokenError, InvalidTokenError, NotAcceptableError, NotReadyError, OverloadedError)
  }
}

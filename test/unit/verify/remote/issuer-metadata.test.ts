import t from 'tap'
import { assertRemoteIssuer, parseMetadata } from '../../../../src/verify/remote/issuer-metadata.ts'

const ISSUER = 'https://auth.example.com'
const METADATA = { issuer: ISSUER, jwks_uri: `${ISSUER}/.well-known/jwks.json`, revocation_feed_endpoint: `${ISSUER}/revocations` }

t.test('HC19: a remote issuer is an https origin, or an http one on loopback', async (t) => {
  for (const issuer of [
    ISSUER, 'https://auth.example.com:8443', 'http://localhost:3000', 'http://127.0.0.1:3000', 'http://127.1.2.3', 'http://[::1]:3000',
    'https://localhost'
  ]) {
    t.doesNotThrow(() => assertRemoteIssuer(issuer), issuer)
  }
  const refused = [
    'http://auth.example.com', 'http://127.0.0.1.example.com', 'http://localhost.example.com', 'http://10.0.0.1', 'http://0.0.0.0',
    'http://[::2]',
    `${ISSUER}/`, `${ISSUER}/path`, `${ISSUER}?a=b`, 'https://user:pass@auth.example.com', 'https://auth.example.com:443',
    'HTTPS://auth.example.com',
    'https://AUTH.example.com', 'ftp://auth.example.com', 'file:///etc/passwd', 'auth.example.com', ''
  ]
  for (const issuer of refused) t.throws(() => assertRemoteIssuer(issuer), TypeError, issuer)
})

t.test('metadata name the endpoint of the keys, and that of the feed if there is one', async (t) => {
  t.strictSame(parseMetadata(METADATA, ISSUER), { jwks: METADATA.jwks_uri, feed: METADATA.revocation_feed_endpoint })
  t.strictSame(parseMetadata({ issuer: ISSUER, jwks_uri: METADATA.jwks_uri, token_endpoint: 'https://other.example' }, ISSUER), {
    jwks: METADATA.jwks_uri, feed: undefined
  })
})

t.test('KY13: invalid metadata are refused with one sentence (RFC 8414 3.3)', async (t) => {
  const table: Array<[string, unknown, RegExp]> = [
    ['null', null, /holds no metadata$/],
    ['a list', [METADATA], /holds no metadata$/],
    ['no issuer', { ...METADATA, issuer: undefined }, /is the metadata of another issuer$/],
    ['another issuer', { ...METADATA, issuer: 'https://evil.example' }, /is the metadata of another issuer$/],
    ['the issuer with a slash', { ...METADATA, issuer: `${ISSUER}/` }, /is the metadata of another issuer$/],
    ['the issuer in capitals', { ...METADATA, issuer: ISSUER.toUpperCase() }, /is the metadata of another issuer$/],
    ['no jwks_uri', { ...METADATA, jwks_uri: undefined }, /names no jwks_uri$/],
    [
      'a foreign jwks_uri', { ...METADATA, jwks_uri: 'https://evil.example/.well-known/jwks.json' },
      /names a jwks_uri that is not on the issuer's own origin$/
    ],
    [
      'a jwks_uri whose user is the issuer', { ...METADATA, jwks_uri: 'https://auth.example.com@evil.example/jwks' },
      /names a jwks_uri that is not on the issuer's own origin$/
    ],
    [
      'a jwks_uri with a user', { ...METADATA, jwks_uri: 'https://user:pass@auth.example.com/jwks' },
      /names a jwks_uri that is not on the issuer's own origin$/
    ],
    [
      'a jwks_uri of another port', { ...METADATA, jwks_uri: 'https://auth.example.com:8443/jwks' },
      /names a jwks_uri that is not on the issuer's own origin$/
    ],
    [
      'a jwks_uri of a subdomain', { ...METADATA, jwks_uri: 'https://keys.auth.example.com/jwks' },
      /names a jwks_uri that is not on the issuer's own origin$/
    ],
    [
      'a jwks_uri on plain http', { ...METADATA, jwks_uri: 'http://auth.example.com/jwks' },
      /names a jwks_uri that is not on the issuer's own origin$/
    ],
    ['a jwks_uri that is no address', { ...METADATA, jwks_uri: '/jwks' }, /names a jwks_uri that is not on the issuer's own origin$/],
    ['a jwks_uri that is a number', { ...METADATA, jwks_uri: 1 }, /names a jwks_uri that is not on the issuer's own origin$/],
    [
      'a foreign feed', { ...METADATA, revocation_feed_endpoint: 'https://evil.example/revocations' },
      /names a revocation_feed_endpoint that is not on the issuer's own origin$/
    ],
    [
      'a feed on plain http', { ...METADATA, revocation_feed_endpoint: 'http://auth.example.com/revocations' },
      /names a revocation_feed_endpoint that is not on the issuer's own origin$/
    ],
    [
      'a feed that is null', { ...METADATA, revocation_feed_endpoint: null },
      /names a revocation_feed_endpoint that is not on the issuer's own origin$/
    ]
  ]
  for (const [name, metadata, sentence] of table) t.throws(() => parseMetadata(metadata, ISSUER), sentence, name)
})

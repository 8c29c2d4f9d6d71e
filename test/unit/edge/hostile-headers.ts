import { createHmac } from 'node:crypto'
import type { AccessClaims } from '../../../src/contract/index.ts'
import { goodHeader, mint, segment, type KeyMaterial, createKeyMaterial } from '../../support/tokens.ts'

type Tokens = Array<[name: string, token: string]>

const NONES = ['none', 'None', 'NONE', 'nOnE', 'none ', '']
const OTHER_ALGORITHMS = [
  'ES256', 'ES384', 'ES512', 'ES256K', 'EdDSA', 'Ed25519', 'RS256', 'RS512', 'PS256', 'HS256', 'HS384', 'HS512', 'es256', 'rs256',
  'eddsa', 'dir', 'RSA-OAEP'
]
const KIDS = [
  '', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '../../../dev/null', '/etc/passwd', '\' OR 1=1 --',
  'file:///dev/null', 'https://evil.example/key', 'x'.repeat(500), '\u0000'
]
const CRITS = [null, false, 0, '', [], {}, 'exp', ['exp'], ['b64'], ['alg'], [''], [null], ['http://example.com/UNDEFINED']]
const EXTRAS: ReadonlyArray<[name: string, value: unknown]> = [
  ['jku', 'https://evil.example/jwks.json'], ['x5u', 'https://evil.example/cert.pem'], ['x5c', ['MIIB']],
  ['x5t', 'AAAA'], ['x5t#S256', 'AAAA'],
  ['zip', 'DEF'], ['b64', false], ['b64', true], ['cty', 'JWT'], ['enc', 'A128GCM'], ['epk', { kty: 'EC' }], ['apu', 'QQ'],
  ['p2c', 100_000_000],
  ['iss', 'https://auth.example.com'], ['nonce', 'n'], ['url', 'https://evil.example'], ['alg ', 'none'], ['Alg', 'none'], ['foo', 1]
]
const TYPES = [
  '', 'JWT', 'jwt', 'JOSE', 'id+jwt', 'logout+jwt', 'dpop+jwt', 'secevent+jwt', 'at+jwt ', ' at+jwt', 'at-jwt', 'at+jwts',
  'application/jwt', 'text/at+jwt', 'application/application/at+jwt', 'at+jwt; charset=utf-8'
]
const NO_STRINGS = [null, 1, true, [], {}]

/** Tokens whose header tries to control the verifier. Their signature is valid where that is possible. */
export function hostileHeaders (material: KeyMaterial, claims: AccessClaims): Tokens {
  const good = goodHeader(material)
  const signed = (header: unknown) => mint(material, claims, header)
  const own = createKeyMaterial('ES256', good.kid)
  return [
    ...NONES.flatMap((alg): Tokens => [
      [`alg "${alg}", no signature`, `${segment({ ...good, alg })}.${segment(claims)}.`],
      [`alg "${alg}", a good signature`, signed({ ...good, alg })]
    ]),
    ...hmacs(material, claims),
    ...OTHER_ALGORITHMS.filter((alg) => alg !== good.alg).map((alg): [string, string] => [
      `alg ${alg} over a key of ${good.alg}`, signed({ ...good, alg })
    ]),
    ...NO_STRINGS.flatMap((value): Tokens => [
      [`alg ${JSON.stringify(value)}`, signed({ ...good, alg: value })],
      [`kid ${JSON.stringify(value)}`, signed({ ...good, kid: value })],
      [`typ ${JSON.stringify(value)}`, signed({ ...good, typ: value })]
    ]),
    ['alg in an array', signed({ ...good, alg: [good.alg] })],
    ['kid in an array', signed({ ...good, kid: [good.kid] })],
    ['typ in an array', signed({ ...good, typ: [good.typ] })],
    ...Object.keys(good).map((name): [string, string] => [`no ${name}`, signed({ ...good, [name]: undefined })]),
    ...[
      ...KIDS, `${good.kid} `, `${good.kid}\u0000`, good.kid.toLowerCase(), `./${good.kid}`
    ].map((kid): [string, string] => [`kid ${JSON.stringify(kid).slice(0, 40)}`, signed({ ...good, kid })]),
    ...CRITS.map((crit): [string, string] => [`crit ${JSON.stringify(crit)}`, signed({ ...good, crit })]),
    ['crit b64 and b64 false', signed({ ...good, crit: ['b64'], b64: false })],
    ...EXTRAS.map(([name, value]): [string, string] => [
      `header member ${name}: ${JSON.stringify(value)}`, signed({ ...good, [name]: value })
    ]),
    ['a key of one\'s own in jwk', mint(own, claims, { ...good, alg: 'ES256', jwk: own.jwk })],
    ['the right key in jwk', signed({ ...good, jwk: material.jwk })],
    ['__proto__ in the header', signed(`{"alg":"${good.alg}","kid":"${good.kid}","typ":"at+jwt","__proto__":{}}`)],
    ...TYPES.map((typ): [string, string] => [`typ "${typ}"`, signed({ ...good, typ })]),
    ...[null, 1, 'header', true, [], [good], {}].map((header): [string, string] => [
      `header ${JSON.stringify(header).slice(0, 20)}`, signed(JSON.stringify(header))
    ])
  ]
}

/** The public key used as a shared secret, in every encoding (CVE-2015-9235 and others like it). */
function hmacs ({ jwk, publicKey }: KeyMaterial, claims: AccessClaims): Tokens {
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const secrets: ReadonlyArray<[string, string | Buffer]> = [
    ['the PEM', pem],
    ['the PEM, trimmed', pem.trim()],
    ['the PEM with CRLF', pem.replaceAll('\n', '\r\n')],
    ['the DER', publicKey.export({ type: 'spki', format: 'der' })],
    ['the JWK', JSON.stringify(jwk)],
    ['the JWKS', JSON.stringify({ keys: [jwk] })],
    ['the kid', jwk.kid],
    ['nothing', '']
  ]
  return secrets.flatMap(([name, secret]) => ['HS256', 'HS512', jwk.alg].map((alg): [string, string] => {
    const input = `${segment({ alg, kid: jwk.kid, typ: 'at+jwt' })}.${segment(claims)}`
    const mac = createHmac(alg === 'HS512' ? 'sha512' : 'sha256', secret).update(input).digest('base64url')
    return [`alg ${alg}, an HMAC with ${name}`, `${input}.${mac}`]
  }))
}

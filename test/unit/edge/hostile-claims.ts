import type { AccessClaims } from '../../../src/contract/index.ts'
import { mint, type KeyMaterial } from '../../support/tokens.ts'

type Tokens = Array<[name: string, token: string]>

const OTHER_TYPES = [null, true, 1.5, -1, [], {}, '']
const ROLES = [
  'Admin', 'admin ', ' admin', '\u0430dmin', '\uff41dmin', 'admin\u0000', 'admin,user', 'admin user', '__proto__', '1admin',
  'a'.repeat(33), '*'
]
const EXTRAS: ReadonlyArray<[name: string, value: unknown]> = [
  ['nbf', 1], ['nbf', 9_999_999_999], ['admin', true], ['email', 'a@example.com'], ['roles', ['admin']],
  ['cnf', { jkt: 'x' }], ['act', { sub: 'x' }], ['', 1], ['Role', 'admin'], ['constructor', {}],
  // Legal claims that do not fit a first-party token, or are not of their form.
  ['scope', ''], ['scope', 'campaigns:read'], ['client_id', 'another'], ['acr', 'aal3'], ['auth_time', Number.MAX_SAFE_INTEGER],
  ['ext', null], ['ext', []], ['ext', 'x'], ['ext', { a: null }], ['ext', { a: {} }], ['ext', { a: 'x'.repeat(97) }]
]

/** Tokens with a valid header and a valid signature, but invalid claims. */
export function hostileClaims (material: KeyMaterial, claims: AccessClaims): Tokens {
  const { iss, aud, iat, exp } = claims
  const now = Math.floor(Date.now() / 1000)
  const withClaim = (name: string, value: unknown): [string, string] => [
    `${name} ${JSON.stringify(value)?.slice(0, 60)}`, mint(material, { ...claims, [name]: value })
  ]
  const withTimes = (name: string, times: { iat: number, exp: number }): [string, string] => [
    name, mint(material, { ...claims, ...times, auth_time: Math.max(times.iat, 0) })
  ]
  return [
    ...Object.keys(claims).flatMap((name): Tokens => [
      [`no ${name}`, mint(material, { ...claims, [name]: undefined })],
      ...OTHER_TYPES.map((value) => withClaim(name, value)),
      withClaim(name, [Reflect.get(claims, name)]),
      withClaim(name, { [name]: Reflect.get(claims, name) })
    ]),
    ...EXTRAS.map(([name, value]) => withClaim(name, value)),
    ...ROLES.map((role) => withClaim('role', role)),
    ...[
      claims.sub.toUpperCase(), `{${claims.sub}}`, claims.sub.replaceAll('-', ''), `${claims.sub} `, '1', '../admin',
      '\' OR 1=1 --'
    ].flatMap((id) => ['sub', 'sid', 'jti'].map((name) => withClaim(name, id))),
    ...[
      `${iss}/`, `${iss}.evil.example`, iss.slice(0, -1), iss.toUpperCase(), iss.replace('://', '://user@'), `${iss} `,
      'https://evil.example', `x${iss}`
    ].map((value) => withClaim('iss', value)),
    ...[
      `${aud}2`, aud.slice(0, -1), aud.toUpperCase(), `${aud} `, 'other', '*', [aud, 'other'], ['other', aud]
    ].map((value) => withClaim('aud', value)),
    ...[String(iat), iat + 0.5, -iat].map((value) => withClaim('iat', value)),
    ...[String(exp), exp + 0.5, exp * 1000, -exp, Number.MAX_SAFE_INTEGER, 1e21].map((value) => withClaim('exp', value)),
    withTimes('expired a minute ago', { iat: now - 120, exp: now - 60 }),
    withTimes('expired in 1970', { iat: 0, exp: 1 }),
    withTimes('issued in a minute', { iat: now + 60, exp: now + 120 }),
    withTimes('issued in a year', { iat: now + 31_536_000, exp: now + 31_536_300 }),
    withTimes('a life of an hour and a second', { iat: now, exp: now + 3601 }),
    withTimes('a life of ten years', { iat: now, exp: now + 315_360_000 }),
    withTimes('expires as it is issued', { iat: now, exp: now }),
    withTimes('expires before it is issued', { iat: now, exp: now - 1 }),
    withTimes('in milliseconds', { iat: now * 1000, exp: now * 1000 + 300 }),
    ...[null, 1, 'claims', true, [], [claims], {}, { claims }].map((payload): [string, string] => [
      `payload ${JSON.stringify(payload).slice(0, 20)}`, mint(material, JSON.stringify(payload))
    ]),
    ['__proto__ in the claims', mint(material, JSON.stringify(claims).replace('{', '{"__proto__":{"role":"admin"},'))],
    ['claims behind __proto__', mint(material, `{"__proto__":${JSON.stringify(claims)}}`)],
    ['deep nesting', mint(material, `${'['.repeat(1000)}${']'.repeat(1000)}`)],
    ['longer than 4096 characters', mint(material, { ...claims, client_id: 'x'.repeat(3000), scope: '' })],
    ['longer than 8192 characters', mint(material, { ...claims, client_id: 'x'.repeat(6200), scope: '' })]
  ]
}

// The claims that a token may have, shown with whole tokens: what is described is accepted, and nothing else.
import fc from 'fast-check'
import t from 'tap'
import type { CurrentUser } from '../../../src/edge/index.ts'
import { verifierWith } from '../edge/apps.ts'
import { goodClaims, mint, testKeyMaterial } from '../../support/tokens.ts'

const NOW_SECONDS = 1_800_000_000
const verifier = verifierWith({ clock: () => NOW_SECONDS * 1000 })

type Members = Readonly<Record<string, unknown>>

const { auth_time: _authTime, acr: _acr, ...old } = goodClaims({}, NOW_SECONDS)
const proof = { auth_time: NOW_SECONDS, acr: 'aal1' }
const machine = { ...old, client_id: old.sub }

/** A token of each kind that there is. */
const KINDS: Readonly<Record<string, Members>> = {
  'a person, by an earlier release': old,
  'a person': { ...old, ...proof },
  'a client of a person': { ...old, ...proof, client_id: 'reports', scope: 'campaigns:read' },
  'an API key': { ...old, client_id: 'key', scope: 'campaigns:read' },
  'a machine': machine,
  'a machine with a ceiling': { ...machine, scope: 'campaigns:read' }
}
const FULL: Members = { ...KINDS['a client of a person'], ext: { org_id: 'acme' } }

/** The payload is JSON text, or is written as such. */
function verify (payload: unknown): CurrentUser | string {
  return verifier.verify(mint(testKeyMaterial, payload))
}

function check (payload: unknown): string {
  const result = verify(payload)
  return typeof result === 'string' ? result : 'user'
}

function userOf (payload: unknown): CurrentUser {
  const result = verify(payload)
  if (typeof result === 'string') throw new Error(`rejected: ${result}`)
  return result
}

/** The rows whose token is not rejected for its claims: each with its result. */
function exceptions (rows: ReadonlyArray<[name: string, payload: unknown]>): string[] {
  return rows.flatMap(([name, payload]) => {
    const result = check(payload)
    return result === 'claims' ? [] : [`${name}: ${result}`]
  })
}

const show = (value: unknown) => `${JSON.stringify(value)}`.slice(0, 60)

t.test('TF3: each kind of token is accepted, with custom claims and without', async (t) => {
  const kinds = Object.entries(KINDS)
  t.strictSame(kinds.map(([name, claims]) => [name, check(claims), check({ ...claims, ext: { org_id: 'acme' } })]),
    kinds.map(([name]) => [name, 'user', 'user']))
})

t.test('TF3: of all combinations of the optional members, these are accepted', async (t) => {
  const optional: Members = { ...proof, scope: 'campaigns:read', ext: { org_id: 'acme' } }
  const names = Object.keys(optional)
  const accepted: string[] = []
  for (const [client, clientId] of [['gatepass', 'gatepass'], ['another', 'reports'], ['itself', old.sub]]) {
    for (let set = 0; set < 2 ** names.length; set++) {
      const chosen = names.filter((_, index) => (set & 2 ** index) > 0)
      const result = check({ ...old, client_id: clientId, ...Object.fromEntries(chosen.map((name) => [name, optional[name]])) })
      if (result === 'user') accepted.push([client, ...chosen].join(' '))
      else t.equal(result, 'claims')
    }
  }
  t.strictSame(accepted, [
    'gatepass',
    'gatepass auth_time acr',
    'gatepass ext',
    'gatepass auth_time acr ext',
    'another scope',
    'another auth_time acr scope',
    'another scope ext',
    'another auth_time acr scope ext',
    'itself',
    'itself scope',
    'itself ext',
    'itself scope ext'
  ])
})

const BAD_VALUES: Readonly<Record<string, readonly unknown[]>> = {
  auth_time: [
    null, '', String(NOW_SECONDS), [], [NOW_SECONDS], {}, { at: NOW_SECONDS }, true, false, -1, 1.5, NOW_SECONDS - 0.5, 1e300, 2 ** 53,
    NOW_SECONDS + 1, NOW_SECONDS * 1000
  ],
  acr: [
    null, '', 'AAL1', 'aal0', 'aal3', 'aal1 ', ' aal1', 'aal1 aal2', 'phrh', 'urn:aal1', '1', 0, 1, true, [], ['aal1'], {}, { aal1: true },
    'constructor', '__proto__', 'toString', 'length'
  ],
  scope: [
    null, 1, 0, true, false, [], ['campaigns:read'], {}, { 'campaigns:read': true },
    ' ', '  ', 'a  b', ' a', 'a ', 'a b ', 'a\tb', 'a\nb', 'a\n', 'a,b', 'a\u00a0b', 'a\u2003b',
    'a:', ':a', 'a::b', 'A', 'a:B', '*', 'a:*', '-a', '1a', 'a\u0000', 'ä', '\u0430', '😀', '\ud800', '__proto__', 'toString',
    'a'.repeat(257), `${'a '.repeat(128)}b`, `a:${'b'.repeat(255)}`
  ],
  ext: [
    null, 1, 0, true, false, '', 'org_id', '{}', [], ['acme'], [['org_id', 'acme']],
    ...[
      '', 'A', 'orgId', '1a', '_a', '-a', 'a-b', 'a.b', 'a b', 'a ', ' a', 'a\n', 'a\u0000', 'é', '😀', '\ud800', 'toString',
      'hasOwnProperty', 'isPrototypeOf', 'a'.repeat(33)
    ].map((name) => ({ [name]: 1 })),
    ...[null, [], ['x'], {}, { b: 1 }, 1.5, -0.5, 2 ** 53, -(2 ** 53), 1e300, 1e-7].map((value) => ({ org_id: value })),
    ...[
      '\u0000', 'a\tb', 'a\nb', '\u001f', '\u007f', '\u0085', '\u009f', '\ud800', '\udc00', 'a\ud83d', '\ude00\ud83d'
    ].map((text) => ({ org_id: text })),
    { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9 },
    { good: 'yes', bad: null }, { bad: null, good: 'yes' },
    ...textsOf97Bytes().map((text) => ({ a: text }))
  ]
}

/** With `{"a":""}` around each. */
function textsOf97Bytes (): string[] {
  return ['x'.repeat(89), `${'é'.repeat(44)}x`, `${'€'.repeat(29)}xx`, `${'😀'.repeat(22)}x`, `${'"'.repeat(44)}x`, `${'\\'.repeat(44)}x`]
}

for (const [member, values] of Object.entries(BAD_VALUES)) {
  t.test(`TF3, VF18: a token with an invalid ${member} is rejected, whatever its kind`, async (t) => {
    const rows = Object.entries({ ...KINDS, 'with all': FULL }).flatMap(([kind, claims]) =>
      values.map((value): [string, unknown] => [`${kind}, ${show(value)}`, { ...claims, [member]: value }]))
    t.strictSame(exceptions(rows), [])
  })
}

t.test('TF3: sizes and letters up to the limits are accepted', async (t) => {
  const scopes = ['', 'a', 'a b', 'a-b_c:d9:e', 'constructor', 'a'.repeat(256), `a:${'b'.repeat(254)}`, `${'a '.repeat(127)}bc`, 'a a']
  const customClaims: unknown[] = [
    {},
    { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8 },
    ...['a', 'a_1', 'a__', 'constructor', 'valueof', 'length', 'a'.repeat(32)].map((name) => ({ [name]: true })),
    ...[
      '', ' ', 'é', '😀', '\u2028', '\ufeff', '"\\', '<script>', '__proto__', 0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, true,
      false
    ].map((value) => ({ org_id: value })),
    ...textsOf97Bytes().map((text) => ({ a: text.slice(0, -1) }))
  ]
  const rows = [
    ...scopes.map((scope): [string, unknown] => [show(scope), { ...FULL, scope }]),
    ...customClaims.map((ext): [string, unknown] => [show(ext), { ...FULL, ext }]),
    ...['aal1', 'aal2', 'phr'].map((acr): [string, unknown] => [acr, { ...FULL, acr }]),
    ...[0, 1, NOW_SECONDS - 1, NOW_SECONDS].map((authTime): [string, unknown] => [`${authTime}`, { ...FULL, auth_time: authTime }])
  ]
  t.strictSame(rows.filter(([, payload]) => check(payload) !== 'user').map(([name]) => name), [])
  t.strictSame(textsOf97Bytes().map((text) => Buffer.byteLength(JSON.stringify({ a: text }))), [97, 97, 97, 97, 97, 97])
})

t.test('TF6: a member that is not described is rejected, whatever its value', async (t) => {
  const names = [
    'act', 'cnf', 'amr', 'nbf', 'nonce', 'azp', 'sub_jwk', 'may_act', 'events', 'authorization_details', 'email', 'name', 'roles', 'groups',
    'entitlements', 'permissions', 'capabilities', 'claims', 'level', 'admin', 'typ', 'alg', 'kid', 'crit', '', ' ', '0', 'Scope', 'scope ',
    'scp', 'auth_time\u0000', 'acr_values', 'ext.org_id', 'toString', 'hasOwnProperty', 'constructor', 'valueOf', '\ud800'
  ]
  const values = [null, true, 0, 1, '', 'x', [], {}, { sub: old.sub }]
  const rows = Object.entries({ ...KINDS, 'with all': FULL }).flatMap(([kind, claims]) => names.flatMap((name) => values.map(
    (value): [string, unknown] => [`${kind}, ${show(name)}: ${show(value)}`, { ...claims, [name]: value }])))
  t.strictSame(exceptions(rows), [])
  const kinds = fc.constantFrom(...Object.values(KINDS))
  fc.assert(fc.property(fc.string(), fc.jsonValue({ depthSize: 'small' }), kinds, (name, value, claims) => {
    const payload = `${JSON.stringify(claims).slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`
    return Object.hasOwn(FULL, name) || check(payload) !== 'user'
  }))
})

t.test('TF3: ext of any JSON is accepted only in its form', async () => {
  const isShortJson = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length <= 96
  const isPlain = (text: string) => text.split('').every((letter) => letter >= ' ' && (letter < '\u007f' || letter > '\u009f')) &&
    Buffer.from(text).toString() === text
  const isValue = (value: unknown) => typeof value === 'boolean' || (typeof value === 'string' && isPlain(value)) ||
    (typeof value === 'number' && Math.abs(value) < 2 ** 53 && value % 1 === 0)
  const isLegal = (ext: unknown) => typeof ext === 'object' && ext !== null && !Array.isArray(ext) && isShortJson(ext) &&
    Object.entries(ext).length <= 8 && Object.entries(ext).every(([name, value]) => /^[a-z][a-z0-9_]{0,31}$/.test(name) && isValue(value))
  const name = fc.oneof(fc.stringMatching(/^[a-z][a-z0-9_]{0,3}$/), fc.string({ maxLength: 3 }))
  const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 5 }), fc.constant('\ud800'))
  const value = fc.oneof(fc.boolean(), fc.integer(), fc.maxSafeInteger(), text, fc.jsonValue({ depthSize: 'xsmall' }))
  const ext = fc.oneof({ weight: 4, arbitrary: fc.dictionary(name, value, { maxKeys: 10 }) }, { weight: 1, arbitrary: fc.jsonValue() })
  fc.assert(fc.property(ext, (ext) => {
    const payload = JSON.stringify({ ...FULL, ext })
    return check(payload) === (isLegal(JSON.parse(payload).ext) ? 'user' : 'claims')
  }), { numRuns: 500 })
})

t.test('VF16: a member that is there twice is rejected, at any depth', async (t) => {
  const json = JSON.stringify(FULL)
  const rows = Object.entries(FULL).flatMap(([name, value]) => [value, null, 'another'].flatMap((other): string[] => [
    json.replace('{', `{${JSON.stringify(name)}:${JSON.stringify(other)},`),
    json.replace(/}$/, `,${JSON.stringify(name)}:${JSON.stringify(other)}}`)
  ]))
  const inside = ['{"org_id":"acme","org_id":"acme"}', '{"org_id":"evil","org_id":"acme"}', '{"org_id":"evil","org\\u005fid":"acme"}']
  const payloads = [...rows, ...inside.map((ext) => json.replace('{"org_id":"acme"}', ext))]
  t.equal(payloads.length, 13 * 6 + 3)
  t.strictSame(payloads.filter((payload) => check(payload) !== 'malformed'), [])
})

t.test('VF16: other ways to write an optional member are rejected', async (t) => {
  const json = JSON.stringify({ ...FULL, ext: { a: 1, b: 'x' } })
  const spellings = [
    json.replace(/"auth_time":(\d+)/, '"auth_time":$1.0'), json.replace(/"auth_time":(\d+)/, '"auth_time":$1e0'),
    json.replace(/"auth_time":\d+/, '"auth_time":-0'), json.replace(/"auth_time":(\d+)/, '"auth_time": $1'),
    json.replace('"aal1"', '"aal\\u0031"'), json.replace('"scope"', '"sc\\u006fpe"'),
    json.replace('campaigns:read', 'campaigns\\u003aread'), json.replace('"x"', '"\\u0078"'),
    ...['1.0', '-0', '1e0', '10e-1'].map((number) => json.replace('{"a":1', `{"a":${number}`))
  ]
  t.strictSame(spellings.filter((payload) => payload === json || check(payload) !== 'malformed'), [])
})

t.test('a name of the prototype is no claim, and as a custom claim is data like any other', async (t) => {
  const json = JSON.stringify(FULL)
  const hostile = [
    ...['"__proto__":{"scope":"users:read"}', '"__proto__":null', '"constructor":{}'].map((member) => json.replace('{', `{${member},`)),
    ...['{"__proto__":"x"}', '{"__proto__":{"org_id":"x"}}', '{"org_id":"acme","__proto__":1}']
      .map((ext) => json.replace('{"org_id":"acme"}', ext))
  ]
  t.strictSame(hostile.filter((payload) => check(payload) !== 'claims'), [])
  const { claims } = userOf({ ...old, ext: { constructor: 'acme', valueof: 1 } })
  t.strictSame(Object.entries(claims), [['constructor', 'acme'], ['valueof', 1]])
  t.equal(Object.getPrototypeOf(claims), null)
  for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf']) {
    t.equal(Reflect.get(userOf(old).claims, name), undefined, name)
  }
})

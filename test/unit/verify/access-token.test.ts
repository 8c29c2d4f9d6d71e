import fc from 'fast-check'
import t from 'tap'
import { CLOCK_LEEWAY_SECONDS } from '../../../src/contract/index.ts'
import { findClaimsFault, findTimeFault, isRecord, parseClaims, toIdentity } from '../../../src/verify/access-token.ts'
import { decodeSegment, encodeSegment, HeaderCache, isCanonical, parseHeader } from '../../../src/verify/token-segments.ts'
import { AUDIENCE, goodClaims, ISSUER, segment } from '../../support/tokens.ts'

const expected = { issuer: ISSUER, audiences: [AUDIENCE], maxTtlSeconds: 3600 }
const GOOD_HEADER = { alg: 'ES256', kid: 'key-1', typ: 'at+jwt' }
const randomBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))

/** With every optional member: of a client that acts for a user, within a scope. */
function allClaims () {
  const claims = goodClaims({ client_id: 'reports', acr: 'aal2', scope: 'campaigns:read users:read', ext: { org_id: 'acme' } })
  return { ...claims, auth_time: claims.iat - 60 }
}

t.test('a segment is decoded only in its canonical form', async (t) => {
  fc.assert(fc.property(fc.jsonValue({ depthSize: 'small' }), (value) => {
    const segment = encodeSegment(value)
    return segment === Buffer.from(JSON.stringify(value)).toString('base64url') &&
      JSON.stringify(decodeSegment(segment)) === JSON.stringify(value)
  }))
  const other = [
    '', ' ', 'e30=', 'e30 ', ' e30', 'e31', 'e3\t0', 'e30.', '{}', 'bnVsbCA', Buffer.from('\ufeff{}').toString('base64url'),
    Buffer.from('{"a":1,"a":1}').toString('base64url')
  ]
  for (const segment of other) t.equal(decodeSegment(segment), undefined, JSON.stringify(segment))
  t.strictSame(decodeSegment('e30'), {})
})

t.test('a value that is too long for any segment is not mistaken for a shorter one', async (t) => {
  const long = 'x'.repeat(10_000)
  t.not(encodeSegment(long), Buffer.from(JSON.stringify(long)).toString('base64url'))
  t.ok(encodeSegment(long).length > 4096)
  t.equal(decodeSegment(Buffer.from(JSON.stringify(long)).toString('base64url')), undefined)
})

t.test('VF14: only one base64url text of given bytes is canonical', async (t) => {
  fc.assert(fc.property(randomBytes, (bytes) => isCanonical(bytes.toString('base64url'))))
  fc.assert(
    fc.property(
      fc.string({ maxLength: 12 }),
      (text) => isCanonical(text) === (Buffer.from(text, 'base64url').toString('base64url') === text)
    )
  )
  for (const text of [
    'A', 'AAAAA', 'AB', 'AAB', 'AA=', 'AA==', 'A A', 'A+A/', 'AA\n', '\u00e9A'
  ]) t.notOk(isCanonical(text), JSON.stringify(text))
})

t.test('a record is an object and not an array', async (t) => {
  t.ok(isRecord({}))
  for (const value of [undefined, null, [], 'x', 1, true]) t.notOk(isRecord(value))
})

t.test('VF4, VF17: a header has exactly alg, kid and typ', async (t) => {
  const parse = parseHeader
  for (const header of [GOOD_HEADER, { typ: 'at+jwt', kid: 'key-1', alg: 'ES256' }, { ...GOOD_HEADER, typ: 'application/AT+JWT' }]) {
    t.strictSame(parse(segment(header)), { alg: 'ES256', kid: 'key-1' })
  }
  const bad: unknown[] = [
    { ...GOOD_HEADER, jku: 'x' }, { ...GOOD_HEADER, crit: [] }, { alg: 'ES256', kid: 'key-1' }, { ...GOOD_HEADER, kid: 1 },
    { ...GOOD_HEADER, typ: 'JWT' }, [GOOD_HEADER], null, 'header', ' {}', ''
  ]
  for (const header of bad) {
    t.equal(parse(segment(header)), undefined, JSON.stringify(header))
    t.equal(parse(segment(header)), undefined, 'also the second time')
  }
  for (const text of ['', '=', '.', `${segment(GOOD_HEADER)}=`, `${segment(GOOD_HEADER)} `]) t.equal(parse(text), undefined, text)
})

t.test('the header of a verified token is parsed once, even during a flood of other headers', async (t) => {
  const headers = new HeaderCache()
  const parse = (text: string) => headers.parse(text)
  const known = segment(GOOD_HEADER)
  const header = parse(known)
  if (header !== undefined) headers.set(known, header)
  t.equal(parse(known), header)
  const kids = Array.from({ length: 1000 }, (_, index) => `${index}`)
  t.strictSame(kids.map((kid) => parse(segment({ ...GOOD_HEADER, kid }))?.kid), kids)
  t.equal(parse(known), header, 'the same object')
  t.not(parse(segment({ ...GOOD_HEADER, kid: '1' })), parse(segment({ ...GOOD_HEADER, kid: '1' })), 'the other headers are not cached')
})

t.test('headers of old keys do not accumulate, and a header in use is cached again', async (t) => {
  const headers = new HeaderCache()
  const parse = (text: string) => headers.parse(text)
  const segments = Array.from({ length: 1000 }, (_, index) => segment({ ...GOOD_HEADER, kid: `${index}` }))
  const show = (text: string) => {
    const header = parse(text)
    if (header !== undefined) headers.set(text, header)
    return header
  }
  for (const text of segments) show(text)
  const first = segments.map(parse)
  t.ok(segments.filter((text, index) => parse(text) === first[index]).length <= 64)
  t.equal(show(segments[0] ?? ''), show(segments[0] ?? ''))
})

t.test('valid claims are parsed unchanged, in any order', async (t) => {
  const { auth_time: _authTime, acr: _acr, ...first } = goodClaims()
  const absent = { auth_time: undefined, acr: undefined, scope: undefined, ext: undefined }
  for (const claims of [first, goodClaims(), allClaims()]) {
    t.strictSame(parseClaims(claims), { ...absent, ...claims })
    t.strictSame(parseClaims(Object.fromEntries(Object.entries(claims).reverse())), { ...absent, ...claims })
  }
})

t.test('an identity is what the claims say, and no more', async (t) => {
  const claims = allClaims()
  const { sub, role, sid, iat, exp } = claims
  t.strictSame(toIdentity(claims), {
    id: sub,
    role,
    sessionId: sid,
    issuedAt: iat,
    expiresAt: exp,
    authenticatedAt: iat - 60,
    level: 2,
    claims: { org_id: 'acme' },
    scope: ['campaigns:read', 'users:read']
  })
  for (const [acr, level] of [['aal1', 1], ['aal2', 2], ['phr', 3]] as const) t.equal(toIdentity({ ...claims, acr }).level, level)
  t.strictSame(toIdentity({ ...claims, scope: '' }).scope, [], 'an empty ceiling is one')
  const machine = toIdentity({ ...claims, auth_time: undefined, acr: undefined, scope: undefined, ext: undefined })
  t.match(machine, { authenticatedAt: undefined, level: undefined, claims: undefined, scope: undefined })
})

t.test('TF3: claims with a missing, additional or mistyped member are rejected', async (t) => {
  const claims = allClaims()
  t.equal(Object.keys(claims).length, 13)
  const accepted: string[] = []
  for (const name of Object.keys(claims)) {
    if (parseClaims(Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name))) !== undefined) accepted.push(`no ${name}`)
    for (const value of [
      undefined, null, true, {}, [], [Reflect.get(claims, name)], Number.NaN, Number.POSITIVE_INFINITY, 1.5, -1, 2 ** 53
    ]) {
      if (parseClaims({ ...claims, [name]: value }) !== undefined) accepted.push(`${name} ${String(value)}`)
    }
  }
  t.strictSame(accepted, ['no ext', 'ext undefined', 'ext [object Object]'], 'custom claims may be absent, or none')
  for (const payload of [
    undefined, null, 'claims', 1, [], [claims], { ...claims, nbf: 1 }, { claims }
  ]) t.equal(parseClaims(payload), undefined)
})

t.test('VF18: a role name has 1 to 32 characters of its alphabet', async (t) => {
  for (const role of ['a', 'a'.repeat(32), 'sub-editor', 'a_b-c9']) t.equal(parseClaims(goodClaims({ role }))?.role, role)
  for (const role of [
    '', 'A', '9a', '-a', '_a', 'a'.repeat(33), 'a b', 'a\n', 'ä', 'a.b', 'a:b'
  ]) t.equal(parseClaims(goodClaims({ role })), undefined, JSON.stringify(role))
})

t.test('VF10, VF11: issuer, audience and lifetime are compared exactly', async (t) => {
  const table: Array<[fault: string | undefined, claims: Parameters<typeof goodClaims>[0]]> = [
    [undefined, {}],
    ['issuer', { iss: `${ISSUER}/` }],
    ['audience', { aud: `${AUDIENCE} ` }],
    [undefined, { iat: 1000, exp: 1001 }],
    [undefined, { iat: 1000, exp: 4600 }],
    ['lifetime', { iat: 1000, exp: 4601 }],
    ['lifetime', { iat: 1000, exp: 1000 }],
    ['lifetime', { iat: 1000, exp: 999 }]
  ]
  for (const [fault, claims] of table) t.equal(findClaimsFault(goodClaims(claims), expected), fault, JSON.stringify(claims))
  t.equal(findClaimsFault(goodClaims({ iat: 1000, exp: 1061 }), { ...expected, maxTtlSeconds: 60 }), 'lifetime')
})

t.test('VF8, VF19, F7: the clock leeway is the same before iat and after exp', async (t) => {
  const token = { issuedAt: 1000, expiresAt: 1300 }
  t.ok(CLOCK_LEEWAY_SECONDS <= 60)
  t.equal(findTimeFault(token, 994_999), 'issued_in_future')
  t.equal(findTimeFault(token, 995_000), undefined)
  t.equal(findTimeFault(token, 1_304_999), undefined)
  t.equal(findTimeFault(token, 1_305_000), 'expired')
})

import t from 'tap'
import { CLOCK_LEEWAY_SECONDS } from '../../../src/contract/index.ts'
import { findFault, findTimeFault, parseClaims, toIdentity } from '../../../src/verify/claims.ts'
import { AUDIENCE, goodClaims, ISSUER } from '../edge/minting.ts'

const expected = { issuer: ISSUER, audience: AUDIENCE, maxTtlSeconds: 3600 }

t.test('good claims are read as they are, in whatever order', async (t) => {
  const claims = goodClaims()
  t.strictSame(parseClaims(claims), claims)
  t.strictSame(parseClaims(Object.fromEntries(Object.entries(claims).reverse())), claims)
  const { sub, role, sid, iat, exp } = claims
  t.strictSame(toIdentity(claims), { id: sub, role, sessionId: sid, issuedAt: iat, expiresAt: exp })
})

t.test('TF3: a claim that is missing, of another type, or one too many, and there are none', async (t) => {
  const claims = goodClaims()
  for (const name of Object.keys(claims)) {
    t.equal(parseClaims(Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name))), undefined, `no ${name}`)
    for (const value of [undefined, null, true, {}, [], [Reflect.get(claims, name)], Number.NaN, Number.POSITIVE_INFINITY, 1.5, -1, 2 ** 53]) {
      t.equal(parseClaims({ ...claims, [name]: value }), undefined, `${name} ${String(value)}`)
    }
  }
  for (const payload of [undefined, null, 'claims', 1, [], [claims], { ...claims, nbf: 1 }, { claims }]) t.equal(parseClaims(payload), undefined)
})

t.test('VF18: a name of a role, whatever it is, is 1 to 32 characters of its alphabet', async (t) => {
  for (const role of ['a', 'a'.repeat(32), 'sub-editor', 'a_b-c9']) t.equal(parseClaims(goodClaims({ role }))?.role, role)
  for (const role of ['', 'A', '9a', '-a', '_a', 'a'.repeat(33), 'a b', 'a\n', 'ä', 'a.b', 'a:b']) t.equal(parseClaims(goodClaims({ role })), undefined, JSON.stringify(role))
})

t.test('VF10, VF11: issuer, audience and life are compared exactly', async (t) => {
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
  for (const [fault, claims] of table) t.equal(findFault(goodClaims(claims), expected), fault, JSON.stringify(claims))
  t.equal(findFault(goodClaims({ iat: 1000, exp: 1061 }), { ...expected, maxTtlSeconds: 60 }), 'lifetime')
})

t.test('VF8, VF19, F7: the leeway of a clock is the same on both sides, and no longer', async (t) => {
  const token = { issuedAt: 1000, expiresAt: 1300 }
  t.ok(CLOCK_LEEWAY_SECONDS <= 60)
  t.equal(findTimeFault(token, 994_999), 'issued_in_future')
  t.equal(findTimeFault(token, 995_000), undefined)
  t.equal(findTimeFault(token, 1_304_999), undefined)
  t.equal(findTimeFault(token, 1_305_000), 'expired')
})

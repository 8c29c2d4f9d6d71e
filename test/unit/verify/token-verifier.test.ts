import t from 'tap'
import { ALGORITHMS } from '../../../src/contract/index.ts'
import { createDenyList, createLocalKeySource, type RejectionReason } from '../../../src/edge/index.ts'
import { InvalidTokenError } from '../../../src/errors.ts'
import { createTokenVerifier } from '../../../src/verify/token-verifier.ts'
import { roles, verifierWith } from '../edge/apps.ts'
import { toTwin } from '../edge/hostile-signatures.ts'
import { hostileTokens } from '../edge/hostile-tokens.ts'
import { goodClaims, ISSUER, mint, testKeyMaterial, createKeyMaterial } from '../../support/tokens.ts'

const NOW_SECONDS = 1_800_000_000

/** A verifier with a clock, keys and a deny list that the test controls. */
function createScene ({ cacheSize = 100 } = {}) {
  const time = { seconds: NOW_SECONDS }
  const clock = () => time.seconds * 1000
  const keys = createLocalKeySource([testKeyMaterial.jwk])
  const denyList = createDenyList({ clock })
  const verifier = verifierWith({ keys, denyList, clock, cacheSize })
  /** `user` for a token that is accepted, else the reason of the rejection. */
  const check = (token: string): RejectionReason | 'user' => {
    const result = verifier.verify(token)
    return typeof result === 'string' ? result : 'user'
  }
  const claims = goodClaims({}, NOW_SECONDS)
  return { time, keys, denyList, verifier, check, claims, token: mint(testKeyMaterial, claims) }
}

t.test('an accepted token gives its user, from the cache or not', async (t) => {
  const { verifier, claims, token } = createScene()
  const first = verifier.verify(token)
  t.match(
    first,
    { id: claims.sub, role: 'user', sessionId: claims.sid, issuedAt: claims.iat, expiresAt: claims.exp, capabilities: ['campaigns:read'] }
  )
  t.equal(verifier.verify(token), first)
  t.equal(verifier.verify(`${token} `.trim()), first, 'the same characters in another string')
  t.strictSame([verifier.counters.verified, verifier.counters.cacheHits], [1, 2])
})

t.test('a user has an isX() for each role, and no token can add another', async (t) => {
  const { verifier } = createScene()
  const user = verifier.verify(mint(testKeyMaterial, goodClaims({ role: 'sub-editor' }, NOW_SECONDS)))
  t.type(user, 'object')
  const ask = (name: string) => Reflect.apply(Reflect.get(Object(user), name), undefined, [])
  t.strictSame(['isAdmin', 'isSubEditor', 'isUser'].map(ask), [false, true, false])
  t.equal(Reflect.get(Object(user), 'isSub-editor'), undefined)
})

for (const cacheSize of [100, 0]) {
  t.test(`VF7: with a cache of ${cacheSize} tokens, a token expires after its lifetime and the leeway`, async (t) => {
    const { time, check, token } = createScene({ cacheSize })
    const table: Array<[seconds: number, result: string]> = [
      [-6, 'issued_in_future'], [-5.001, 'issued_in_future'], [-5, 'user'], [0, 'user'], [299, 'user'], [300, 'user'], [304.999, 'user'],
      [305, 'expired'], [306, 'expired'], [86_400, 'expired'],
      // A clock that is set back: the token is valid again, or not yet.
      [300, 'user'], [-6, 'issued_in_future'], [0, 'user']
    ]
    for (const [seconds, result] of table) {
      time.seconds = NOW_SECONDS + seconds
      t.equal(check(token), result, `${seconds} s`)
    }
  })

  t.test(`VF27: with a cache of ${cacheSize} tokens, the tokens of a removed key are rejected until the key is back`, async (t) => {
    const { keys, check, token } = createScene({ cacheSize })
    const other = createKeyMaterial('ES256', 'other')
    const impostor = createKeyMaterial('ES256', testKeyMaterial.jwk.kid)
    t.equal(check(token), 'user')
    keys.replace([testKeyMaterial.jwk, other.jwk])
    t.equal(check(token), 'user')
    keys.replace([other.jwk])
    t.equal(check(token), 'unknown_key')
    keys.replace([impostor.jwk])
    t.equal(check(token), 'signature', 'another key of the same id')
    keys.replace([])
    t.equal(check(token), 'unknown_key')
    keys.replace([testKeyMaterial.jwk])
    t.equal(check(token), 'user')
    t.throws(() => keys.replace([other.jwk, other.jwk]), { message: 'two keys have the id "other"' })
    t.equal(check(token), 'user', 'a replacement that fails changes nothing')
  })

  t.test(`with a cache of ${cacheSize} tokens, revoked tokens are rejected from then on`, async (t) => {
    const { denyList, claims: { sub, sid, iat, exp }, check, token } = createScene({ cacheSize })
    const sameSession = mint(testKeyMaterial, goodClaims({ sub, sid }, NOW_SECONDS))
    const sameUser = mint(testKeyMaterial, goodClaims({ sub }, NOW_SECONDS))
    const later = mint(testKeyMaterial, goodClaims({ sub }, NOW_SECONDS + 2))
    const stranger = mint(testKeyMaterial, goodClaims({}, NOW_SECONDS))
    const checkAll = () => [token, sameSession, sameUser, later, stranger].map(check)
    t.strictSame(checkAll(), ['user', 'user', 'user', 'user', 'user'])
    denyList.revokeSession({ sid, exp })
    t.strictSame(checkAll(), ['revoked', 'revoked', 'user', 'user', 'user'])
    denyList.requireRefresh({ sub, before: iat, exp })
    t.strictSame(checkAll(), ['revoked', 'revoked', 'user', 'user', 'user'], 'before is exclusive')
    denyList.requireRefresh({ sub, before: iat + 2, exp })
    t.strictSame(checkAll(), ['revoked', 'revoked', 'refresh_required', 'user', 'user'])
    denyList.requireRefresh({ before: iat + 2, exp })
    t.strictSame(checkAll(), ['revoked', 'revoked', 'refresh_required', 'user', 'refresh_required'])
    denyList.revokeKey('another')
    t.equal(check(later), 'user')
    denyList.revokeKey(testKeyMaterial.jwk.kid)
    t.equal(check(later), 'key_revoked')
  })
}

t.test('a token stays cached while other keys come and go', async (t) => {
  const { keys, verifier, token } = createScene()
  verifier.verify(token)
  keys.replace([createKeyMaterial('ES256', 'next').jwk, { ...testKeyMaterial.jwk }])
  verifier.verify(token)
  t.strictSame([verifier.counters.verified, verifier.counters.cacheHits], [1, 1])
})

t.test('a revoked key stays revoked when a key set contains it again', async (t) => {
  const { keys, denyList, check, token } = createScene()
  denyList.revokeKey(testKeyMaterial.jwk.kid)
  keys.replace([])
  keys.replace([testKeyMaterial.jwk])
  t.equal(check(token), 'key_revoked')
})

t.test('VF25: the revocation of a token covers other encodings of its signature', async (t) => {
  const { denyList, claims: { sid, exp }, check, token } = createScene()
  const twin = toTwin(token)
  const lastBits = `${token.slice(0, -1)}${String.fromCharCode(token.charCodeAt(token.length - 1) + 1)}`
  t.not(twin, token)
  t.strictSame(Buffer.from(lastBits.slice(-86), 'base64url'), Buffer.from(token.slice(-86), 'base64url'), 'the same bytes, spelt otherwise')
  t.strictSame([token, twin, lastBits].map(check), ['user', 'user', 'malformed'], 'the first twin is a signature as good as any')
  denyList.revokeSession({ sid, exp })
  t.strictSame([token, twin, lastBits].map(check), ['revoked', 'revoked', 'malformed'])
})

for (const alg of ALGORITHMS) {
  t.test(`LG3: ${alg}: the hostile tokens fail every check, and each rejection is counted`, async (t) => {
    const material = createKeyMaterial(alg)
    const verifier = verifierWith({ keys: createLocalKeySource([material.jwk]) })
    const tokens = hostileTokens(material, goodClaims()).flatMap(([, authorization]) => authorization.startsWith('Bearer ')
      ? [authorization.slice('Bearer '.length)]
      : [])
    const reasons = tokens.map((token) => verifier.verify(token))
    for (const reason of [
      'malformed', 'header', 'unknown_key', 'signature', 'claims', 'issuer', 'audience', 'lifetime', 'issued_in_future', 'expired'
    ] as const) {
      const times = reasons.filter((found) => found === reason).length
      t.ok(times > 0, reason)
      t.equal(verifier.counters.rejected[reason], times)
    }
    t.equal(verifier.counters.verified, 0)
  })
}

t.test('VF20: faults that need no signature check are rejected without one', async (t) => {
  const { claims, keys, denyList, token } = createScene()
  let checks = 0
  const find = (kid: string) => {
    const key = keys.find(kid)
    return key && { ...key, verify: (token: string) => { checks++; return key.verify(token) } }
  }
  const verifier = verifierWith({ keys: { find }, denyList, clock: () => NOW_SECONDS * 1000 })
  const [head = '', body = '', signature = ''] = token.split('.')
  const table: Array<[reason: string, token: string]> = [
    ['malformed', ''],
    ['malformed', `${head}.${body}`],
    ['malformed', `${token}.${signature}`],
    ['malformed', `${head}.${body}.${body}.${signature}`],
    ['malformed', `${token}=`],
    ['malformed', mint(testKeyMaterial, { ...claims, client_id: 'x'.repeat(4096) })],
    ['header', mint(testKeyMaterial, claims, { alg: 'EdDSA', kid: testKeyMaterial.jwk.kid, typ: 'at+jwt' })],
    ['header', mint(testKeyMaterial, claims, { alg: 'ES256', kid: testKeyMaterial.jwk.kid, typ: 'JWT' })],
    ['unknown_key', mint(testKeyMaterial, claims, { alg: 'ES256', kid: 'other', typ: 'at+jwt' })]
  ]
  for (const [reason, token] of table) t.equal(verifier.verify(token), reason)
  t.equal(checks, 0)
})

t.test('the claims of a token that @fastify/jwt has verified are still checked', async (t) => {
  const { time, verifier, claims } = createScene()
  t.match(verifier.toUser(claims), { id: claims.sub })
  for (const payload of [
    undefined, null, {}, 'claims', { ...claims, iss: 'https://evil.example' }, { ...claims, admin: true },
    { ...claims, exp: claims.iat }
  ]) {
    t.throws(() => verifier.toUser(payload), InvalidTokenError)
  }
  time.seconds += 305
  t.throws(() => verifier.toUser(claims), InvalidTokenError)
})

t.test('VF19: the accepted lifetime can be made shorter, never longer', async (t) => {
  const short = verifierWith({ maxTtlSeconds: 60 })
  const [within, beyond] = [60, 61].map((life) => {
    const claims = goodClaims()
    return mint(testKeyMaterial, { ...claims, exp: claims.iat + life })
  })
  t.type(short.verify(within ?? ''), 'object')
  t.equal(short.verify(beyond ?? ''), 'lifetime')
})

const AUDIENCES = ['api', 'ads', 'https://billing.example.com']
const OTHER_AUDIENCES = [
  '', ' ', 'API', 'api ', ' api', 'ap', 'apis', 'api,ads', 'api ads', 'https://billing.example.com/', 'length', '0', '*'
]

t.test('TF8, VF10: each audience of a list is accepted, and no other', async (t) => {
  const verifyFor = (audience: string | readonly string[]) => {
    const verifier = verifierWith({ audience })
    return (aud: unknown) => {
      const result = verifier.verify(mint(testKeyMaterial, { ...goodClaims(), aud }))
      return typeof result === 'string' ? result : 'user'
    }
  }
  const list = [...AUDIENCES]
  const several = verifyFor(list)
  list.push('later')
  t.strictSame(AUDIENCES.map(several), ['user', 'user', 'user'])
  t.strictSame([...OTHER_AUDIENCES, 'later'].filter((aud) => several(aud) !== 'audience'), [])
  const arrays = [[], ['api'], ['api', 'ads'], AUDIENCES, [['api']], [null, 'api'], { 0: 'api' }, { api: true }]
  t.strictSame(arrays.filter((aud) => several(aud) !== 'claims'), [], 'a token is for one')
  for (const one of ['api', ['api']]) {
    t.strictSame(['api', 'ads', 'a', 'p'].map(verifyFor(one)), ['user', 'audience', 'audience', 'audience'])
  }
})

t.test('an audience that is none, or a list with one, is rejected at once', async (t) => {
  const values: unknown[] = [
    undefined, null, '', 0, 1, true, {}, { 0: 'api', length: 1 }, new Set(['api']),
    [], [''], ['api', ''], [undefined], [null], [1], [['api']], new Array(1), [{ toString: () => 'api' }]
  ]
  for (const audience of values) {
    t.throws(() => createTokenVerifier({
      issuer: ISSUER, audience: audience as string, roles, keys: createLocalKeySource([testKeyMaterial.jwk])
    }), { name: 'TypeError', message: 'createVerifier needs an audience, or a list of audiences' }, JSON.stringify(audience))
  }
})

t.test('invalid options are rejected at once', async (t) => {
  const table: Array<[options: Parameters<typeof verifierWith>[0], message: RegExp]> = [
    [{ issuer: '' }, /issuer/],
    [{ audience: '' }, /audience/],
    [{ maxTtlSeconds: 0 }, /maxTtlSeconds must be an integer from 1 to 3600/],
    [{ maxTtlSeconds: 3601 }, /maxTtlSeconds/],
    [{ maxTtlSeconds: Number.NaN }, /maxTtlSeconds/],
    [{ cacheSize: -1 }, /cacheSize/],
    [{ cacheSize: 0.5 }, /cacheSize/],
    [{ roles: { names: ['a-b', 'a_b'], getCapabilities: () => new Set(), grants: () => false } }, /they would share one isX\(\)/]
  ]
  for (const [options, message] of table) t.throws(() => verifierWith(options), { name: 'TypeError', message })
})

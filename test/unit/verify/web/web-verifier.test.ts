// The verifier for runtimes without node:http, with a fake issuer and a time that the test advances.
import t from 'tap'
import { ALGORITHMS, type PublicJwk } from '../../../../src/contract/index.ts'
import { createLocalKeySource } from '../../../../src/verify/index.ts'
import { createVerifier, Rejection, type WebRevocationOptions, type WebVerifierOptions } from '../../../../src/verify/web/index.ts'
import { AUDIENCE, createKeyMaterial, goodClaims, mint } from '../../../support/tokens.ts'
import { roles, verifierWith } from '../../edge/apps.ts'
import { hostileTokens } from '../../edge/hostile-tokens.ts'
import { FAULTS, FEED_PATH, FEED_TOKEN, JWKS_PATH, METADATA_PATH, type Teardown } from '../remote/fake-issuer.ts'
import { first, second, setUp } from '../remote/setup.ts'

async function setUpWeb (t: Teardown, { revocations, ...options }: {
  revocations?: false | Partial<WebRevocationOptions>
} & Omit<Partial<WebVerifierOptions>, 'revocations'> = {}) {
  const setup = await setUp(t)
  const { fake, time, lines } = setup
  const add = (_details: object, sentence: string) => lines.push(sentence)
  const log = { info: add, warn: add }
  const verifier = createVerifier({
    issuer: fake.issuer,
    audience: AUDIENCE,
    roles,
    log,
    revocations: revocations === false ? false : { token: FEED_TOKEN, ...revocations },
    ...options
  }, time)
  /** `user` for a token that is accepted, else the reason of the rejection. */
  const check = async (token: string) => {
    const result = await verifier.verify(token)
    return typeof result === 'string' ? result : 'user'
  }
  return { ...setup, verifier, check }
}

t.test('an accepted token gives its user, and the issuer is asked for nothing before and for little after', async (t) => {
  const { fake, verifier, token } = await setUpWeb(t)
  t.strictSame(fake.requests, [])
  const good = token({ role: 'sub-editor' })
  t.match(await verifier.verify(good), { role: 'sub-editor', capabilities: [] })
  t.equal(await verifier.verify(good), await verifier.verify(good), 'from the cache')
  t.strictSame(fake.requests.map(({ path }) => path), [METADATA_PATH, FEED_PATH], 'the feed has the keys, too')
  t.match(verifier.health(), { ready: true, keys: 'ok', feed: 'ok' })
})

for (const alg of ALGORITHMS) {
  t.test(`VF1: ${alg}: hostile tokens fail here as they do on Node`, async (t) => {
    const { fake, check } = await setUpWeb(t)
    const material = createKeyMaterial(alg)
    fake.keys = [material.jwk]
    const issuer = fake.issuer
    const node = verifierWith({ issuer, keys: createLocalKeySource([material.jwk]) })
    const claims = goodClaims({ iss: issuer })
    t.equal(await check(mint(material, claims)), 'user')
    const different: string[] = []
    let compared = 0
    for (const [name, authorization] of hostileTokens(material, claims)) {
      if (!authorization.startsWith('Bearer ')) continue
      const token = authorization.slice('Bearer '.length)
      const result = node.verify(token)
      const expected = typeof result === 'string' ? result : 'user'
      const found = await check(token)
      compared++
      // Where the key is not known, the claims are looked at first here.
      const isSame = expected === 'unknown_key' ? found !== 'user' : found === expected
      if (!isSame) different.push(`${name}: ${found}, and on Node ${expected}`)
    }
    t.strictSame(different, [])
    t.ok(compared > 50, `${compared} tokens`)
  })
}

t.test('a guard lets a request pass, or rejects with the whole response', async (t) => {
  const { verifier, token } = await setUpWeb(t)
  const guard = verifier.guard({ allow: 'campaigns:write' })
  const request = (authorization?: string, url = 'https://api.example.com/') => {
    return new Request(url, { headers: authorization === undefined ? {} : { authorization } })
  }
  t.match(await guard(request(`Bearer ${token({ role: 'sub-editor' })}`)), { role: 'sub-editor' })
  const bearer = `Bearer ${token()}`
  for (const [status, code, bad] of [
    [401, 'missing_token', request()],
    [401, 'invalid_token', request('Bearer nonsense')],
    [400, 'invalid_request', request(bearer, 'https://api.example.com/?access_token=x')],
    [400, 'invalid_request', request(`${bearer}, ${bearer}`)],
    [403, 'insufficient_scope', request(bearer)]
  ] as const) {
    const rejection: unknown = await guard(bad).then(() => undefined, (error: unknown) => error)
    const response = rejection instanceof Rejection ? rejection.toResponse() : undefined
    t.equal(response?.status, status)
    t.match(await response?.json(), { code, status })
  }
  const recent = verifier.guard({ allow: 'campaigns:read', stepUp: { maxAge: 60 } })
  const old = token({ auth_time: goodClaims().iat - 600 })
  await t.rejects(recent(request(`Bearer ${old}`)), new Rejection('insufficient_user_authentication'))
  t.throws(() => Reflect.apply(verifier.guard, undefined, [{ allow: 'campaigns:raed' }]), /no role grants/)
  t.throws(() => Reflect.apply(verifier.guard, undefined, [{}]), /lets nobody in/)
})

t.test('an ended session is refused once the interval has passed, and many requests poll once', async (t) => {
  const { fake, time, token, check } = await setUpWeb(t, { revocations: { pollInterval: 5 } })
  const claims = goodClaims({ iss: fake.issuer }, Math.floor(time.now() / 1000))
  const { sid, exp } = claims
  const good = mint(first, claims)
  t.equal(await check(good), 'user')
  fake.feed.revoked.push({ sid, exp })
  fake.feed.seq++
  await time.pass(2400)
  t.equal(await check(good), 'user', 'what is known is new enough')
  t.equal(fake.count(FEED_PATH), 1)
  await time.pass(2600)
  t.strictSame(await Promise.all(Array.from({ length: 20 }, () => check(good))), Array(20).fill('revoked'))
  t.equal(fake.count(FEED_PATH), 2)
  t.equal(await check(token()), 'user')
  await time.pass(5000)
  t.equal(await check(good), 'revoked')
  t.equal(fake.requests.at(-1)?.headers['if-none-match'], `W/"${fake.feed.epoch}-${fake.feed.seq}"`, 'a 304 if nothing is new')
})

t.test('a required refresh, a new key and a revoked key arrive by the feed', async (t) => {
  const { fake, time, token, check } = await setUpWeb(t)
  const old = token()
  t.equal(await check(old), 'user')
  fake.feed.required.push({ before: Math.floor(time.now() / 1000) + 1, exp: Math.floor(time.now() / 1000) + 400 })
  fake.feed.seq++
  await time.pass(5000)
  t.equal(await check(old), 'refresh_required')
  const next = token({}, second)
  t.equal(await check(next), 'unknown_key')
  fake.keys = [first.jwk, second.jwk]
  fake.feed.seq++
  await time.pass(5000)
  t.equal(await check(next), 'user')
  fake.feed.revokedKids.push('second')
  fake.feed.seq++
  await time.pass(5000)
  t.equal(await check(next), 'unknown_key', 'although the set still has it')
})

t.test('VF27: a token with a new key has the issuer asked at once, but made-up keys do so once in ten seconds', async (t) => {
  const { fake, time, token, check } = await setUpWeb(t)
  t.equal(await check(token()), 'user')
  fake.keys = [first.jwk, second.jwk]
  fake.feed.seq++
  t.equal(await check(token({}, second)), 'user')
  t.equal(fake.count(FEED_PATH), 2)
  const madeUp = createKeyMaterial('ES256', 'made-up')
  const checkMany = async () => [...new Set(await Promise.all(Array.from({ length: 20 }, () => check(token({}, madeUp)))))]
  t.strictSame(await checkMany(), ['unknown_key'])
  t.equal(fake.count(FEED_PATH), 2)
  t.equal(await check(token({ aud: 'other' }, madeUp)), 'audience')
  await time.pass(10_000)
  t.strictSame(await checkMany(), ['unknown_key'])
  t.equal(fake.count(FEED_PATH), 4, 'the regular poll, and one for the key')
})

for (const onStale of ['accept', 'reject'] as const) {
  t.test(`while the issuer is down what is known stays; then, with onStale ${onStale}, valid tokens ${onStale}`, async (t) => {
    const { fake, time, token, lines, check, verifier } = await setUpWeb(t, { revocations: { maxStaleness: 60, onStale } })
    t.equal(await check(token()), 'user')
    await fake.stop()
    await time.pass(30_000)
    t.equal(await check(token()), 'user')
    t.equal(lines.filter((line) => line === 'the issuer cannot be read').length, 1)
    await time.pass(31_000)
    t.equal(await check(token()), onStale === 'accept' ? 'user' : 'feed_stale')
    t.match(verifier.health(), { ready: onStale === 'accept', feed: 'stale', sentence: /was last in sync 61 s ago/ })
    await fake.restart()
    await time.pass(31_000)
    t.equal(await check(token()), 'user')
    t.match(verifier.health(), { ready: true, feed: 'ok', sentence: undefined })
  })
}

t.test('F8: whatever an endpoint does wrong, a request ends, and what was known stays', async (t) => {
  const { fake, time, token, check } = await setUpWeb(t)
  t.equal(await check(token()), 'user')
  // Those that never end take the five seconds of the timeout: one at a time elsewhere.
  const others = ['never answers', 'never finishes']
  const faults = Object.entries(FAULTS).filter(([name]) => !others.includes(name))
  for (const [name, fault] of faults) {
    fake.faults.set(FEED_PATH, fault)
    await time.pass(40_000)
    const asked = fake.count(FEED_PATH)
    t.equal(await check(token()), 'user', name)
    t.equal(fake.count(FEED_PATH), asked + 1, `${name}: it was asked`)
  }
  fake.faults.clear()
  await time.pass(40_000)
  t.equal(await check(token()), 'user')
})

t.test('while the issuer hangs, one request waits for it, and the others go on with what is known', async (t) => {
  const { fake, time, token, check } = await setUpWeb(t)
  t.equal(await check(token()), 'user')
  fake.faults.set(FEED_PATH, (_request, response) => response.writeHead(500).end())
  await time.pass(10_000)
  t.equal(await check(token()), 'user')
  fake.faults.set(FEED_PATH, () => {})
  await time.pass(40_000)
  const asked = fake.count(FEED_PATH)
  let hasEnded = false
  const waiting = check(token()).then((result) => {
    hasEnded = true
    return result
  })
  t.strictSame(await Promise.all(Array.from({ length: 10 }, () => check(token()))), Array(10).fill('user'))
  t.notOk(hasEnded, 'the issuer has not answered')
  t.equal(fake.count(FEED_PATH) - asked <= 1, true)
  await fake.stop()
  t.equal(await waiting, 'user')
})

t.test('without keys every token is answered 503, and the issuer is not asked by each', async (t) => {
  const { fake, token, check, verifier } = await setUpWeb(t)
  await fake.stop()
  for (let count = 0; count < 5; count++) t.equal(await check(token()), 'no_keys')
  t.match(verifier.health(), { ready: false, keys: 'missing', feed: 'never' })
})

t.test('without a feed the key set is read, and keys are trusted no longer than maxKeyAge', async (t) => {
  const { fake, time, token, check, verifier } = await setUpWeb(t, { revocations: false, maxKeyAge: 3600 })
  t.equal(await check(token()), 'user')
  t.strictSame(fake.requests.map(({ path }) => path), [METADATA_PATH, JWKS_PATH])
  t.match(verifier.health(), { ready: true, feed: 'off' })
  await fake.stop()
  await time.pass(3500_000)
  t.equal(await check(token()), 'user')
  await time.pass(200_000)
  t.equal(await check(token()), 'no_keys')
})

for (const onStale of ['accept', 'reject'] as const) {
  t.test(`a feed token that the issuer does not know: tokens ${onStale}, with onStale ${onStale}`, async (t) => {
    const { fake, time, token, check, verifier } = await setUpWeb(t, { revocations: { token: 'another-token', onStale } })
    const expected = onStale === 'accept' ? 'user' : 'feed_stale'
    t.equal(await check(token()), expected)
    fake.keys = [first.jwk, second.jwk]
    await time.pass(60_000)
    t.equal(await check(token({}, second)), expected, 'a new key is read all the same')
    t.match(verifier.health(), { feed: 'never', sentence: /answered 401/ })
  })
}

t.test('a key with which anybody could sign is not taken, and those before it stay', async (t) => {
  const { fake, time, token, check } = await setUpWeb(t)
  t.equal(await check(token()), 'user')
  const small: PublicJwk = { kid: 'small', alg: 'EdDSA', use: 'sig', kty: 'OKP', crv: 'Ed25519', x: Buffer.alloc(32).toString('base64url') }
  fake.keys = [first.jwk, small]
  fake.feed.seq++
  await time.pass(5000)
  t.equal(await check(token()), 'user')
})

t.test('an option that cannot be meant is refused', async (t) => {
  const good = { issuer: 'https://auth.example.com', audience: 'api', roles, revocations: { token: FEED_TOKEN } }
  const table: Array<[options: object, message: RegExp]> = [
    [{ issuer: 'http://auth.example.com' }, /must be https/],
    [{ issuer: 'https://auth.example.com/' }, /must be an origin/],
    [{ audience: [] }, /needs an audience/],
    [{ revocations: { token: '' } }, /need a token of the feed/],
    [{ revocations: { token: FEED_TOKEN, pollInterval: 0 } }, /pollInterval/],
    [{ revocations: { token: FEED_TOKEN, onStale: 'maybe' } }, /onStale/],
    [{ maxKeyAge: -1 }, /maxKeyAge/],
    [{ cacheSize: 0.5 }, /cacheSize/]
  ]
  for (const [options, message] of table) t.throws(() => Reflect.apply(createVerifier, undefined, [{ ...good, ...options }]), { message })
})

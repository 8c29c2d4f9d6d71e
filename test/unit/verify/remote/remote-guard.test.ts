import { randomUUID } from 'node:crypto'
import t from 'tap'
import { Rejection, type RemoteVerifier } from '../../../../src/verify/index.ts'
import { until } from '../../../support/until.ts'
import { createKeyMaterial, goodClaims, goodHeader, mint } from '../../../support/tokens.ts'
import { INVALID_TOKEN, MISSING_TOKEN } from '../../edge/apps.ts'
import { FEED_PATH, FEED_TOKEN, JWKS_PATH, sendJson } from './fake-issuer.ts'
import { FEED, first, NOT_READY, second, setUp, type Setup } from './setup.ts'

const third = createKeyMaterial('ES256', 'third')
// All that is looked at before there is a key; a signature would take most of the time.
const unsigned = { ...third, sign: () => Buffer.alloc(64) }

/** @returns the reason of the rejection, or the role of the user; throws anything else that the guard does */
function createAsker (verifier: RemoteVerifier): (token?: string) => string {
  const guard = verifier.guard({ allow: 'campaigns:read' })
  return (token) => {
    try {
      return guard(toRequest(token)).role
    } catch (error) {
      if (error instanceof Rejection) return error.reason
      throw error
    }
  }
}

function toRequest (token: string | undefined): Request {
  return new Request('https://api.example.com/', { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
}

/** The response to a token. */
async function fetchResponse (verifier: RemoteVerifier, token?: string) {
  const guard = verifier.guard({ allow: 'campaigns:read' })
  try {
    return { status: 200, retryAfter: null, body: guard(toRequest(token)) }
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    const response = error.toResponse()
    return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.json() }
  }
}

/** A ready edge, some time after its first fetch. */
async function createReadyEdge (setup: Setup) {
  const verifier = setup.createEdge()
  await verifier.ready()
  setup.time.advance(10_000)
  return { verifier, ask: createAsker(verifier), countBefore: setup.fake.count(JWKS_PATH) }
}

t.test('KY11: a token of an unknown key is 503 while the keys are fetched once, and then let in', async (t) => {
  const setup = await setUp(t)
  const { fake, token } = setup
  const { verifier, ask, countBefore } = await createReadyEdge(setup)
  let respond = () => {}
  fake.faults.set(JWKS_PATH, (_request, response) => { respond = () => sendJson(response, { keys: [first.jwk, second.jwk] }) })
  const unknown = token({}, second)
  t.strictSame(await fetchResponse(verifier, unknown), { status: 503, retryAfter: '1', body: NOT_READY })
  await until(() => fake.count(JWKS_PATH) === countBefore + 1)
  for (let index = 0; index < 1000; index++) if (ask(unknown) !== 'key_pending') t.fail('the fetch has not ended')
  t.equal(ask(token()), 'user', 'other tokens are not concerned')
  respond()
  await until(() => ask(unknown) === 'user')
  t.equal(fake.count(JWKS_PATH), countBefore + 1)
  t.equal(verifier.counters.rejected.unknown_key, 0)
  t.ok(verifier.counters.rejected.key_pending >= 1001)
})

t.test('KY11: a key that a fetch did not bring is asked for again ten seconds later', async (t) => {
  const setup = await setUp(t)
  const { fake, time, token } = setup
  const { verifier, ask, countBefore } = await createReadyEdge(setup)
  const unknown = token({}, second)
  t.equal(ask(unknown), 'key_pending')
  await until(() => ask(unknown) === 'unknown_key')
  t.strictSame(await fetchResponse(verifier, unknown), { status: 401, retryAfter: null, body: INVALID_TOKEN })
  fake.keys = [first.jwk, second.jwk]
  for (let ms = 0; ms < 9900; ms += 100) {
    if (ask(unknown) !== 'unknown_key') t.fail(`after ${ms} ms`)
    await time.pass(100)
  }
  t.equal(fake.count(JWKS_PATH), countBefore + 1, 'one fetch for all of them')
  await time.pass(100)
  t.equal(ask(unknown), 'key_pending')
  await until(() => ask(unknown) === 'user')
  t.equal(fake.count(JWKS_PATH), countBefore + 2)
})

t.test('a fetch that had begun before is not waited for, but the one after it', async (t) => {
  const setup = await setUp(t)
  const { fake, time, token } = setup
  const { ask, countBefore } = await createReadyEdge(setup)
  // The response is made up before the key is there.
  let respond = () => {}
  fake.faults.set(JWKS_PATH, (_request, response) => { respond = () => sendJson(response, { keys: [first.jwk] }) })
  const other = token({}, third)
  t.equal(ask(other), 'key_pending')
  await until(() => fake.count(JWKS_PATH) === countBefore + 1)
  const unknown = token({}, second)
  t.equal(ask(unknown), 'key_pending')
  fake.faults.clear()
  fake.keys = [first.jwk, second.jwk]
  respond()
  await until(() => ask(other) === 'unknown_key')
  t.equal(ask(unknown), 'key_pending', 'its own fetch is to come')
  await time.pass(999)
  t.equal(fake.count(JWKS_PATH), countBefore + 1, 'one a second')
  await time.pass(1)
  await until(() => ask(unknown) === 'user')
  t.equal(fake.count(JWKS_PATH), countBefore + 2)
})

t.test('KY11, F9: invented kids cost one fetch a second, and do not keep a new key from being fetched', async (t) => {
  const setup = await setUp(t)
  const { fake, time, token } = setup
  const { ask, countBefore } = await createReadyEdge(setup)
  const claims = goodClaims({ iss: fake.issuer }, Math.floor(time.now() / 1000))
  const flood = (amount: number) => {
    for (let index = 0; index < amount; index++) {
      const reason = ask(mint(unsigned, claims, { ...goodHeader(unsigned), kid: randomUUID() }))
      if (reason !== 'key_pending') t.fail(reason)
    }
  }
  const honest = token({}, second)
  for (let second = 0; second < 5; second++) {
    flood(1500)
    t.match(ask(honest), /^(key_pending|unknown_key)$/, 'there is no such key yet')
    await time.pass(1000)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const asked = fake.count(JWKS_PATH) - countBefore
  t.ok(asked >= 4 && asked <= 6, `${asked} fetches in five seconds`)
  fake.keys = [first.jwk, second.jwk]
  const startedAt = time.elapsed()
  await until(async () => {
    flood(1500)
    if (ask(honest) === 'user') return true
    await time.pass(200)
    return false
  })
  const tookMs = time.elapsed() - startedAt
  t.ok(tookMs <= 5000, `${tookMs} ms`)
})

t.test('RS24: a token that would be rejected anyway causes no fetch', async (t) => {
  const setup = await setUp(t)
  const { fake, time, token } = setup
  const { ask } = await createReadyEdge(setup)
  const before = fake.requests.length
  const now = Math.floor(time.now() / 1000)
  const table: Array<[name: string, token: string, reason: string]> = [
    ['of another issuer', token({ iss: 'https://auth.example.com' }, third), 'unknown_key'],
    ['for another audience', token({ aud: 'other' }, third), 'unknown_key'],
    ['expired', token({ iat: now - 400, exp: now - 100 }, third), 'unknown_key'],
    ['with a member too many', mint(third, { ...goodClaims({ iss: fake.issuer }), cnf: {} }), 'unknown_key'],
    ['with another signature', `${token().slice(0, -86)}${'A'.repeat(86)}`, 'signature'],
    ['no token', 'a.b', 'malformed']
  ]
  for (const [name, unknown, reason] of table) t.equal(ask(unknown), reason, name)
  await time.pass(2000)
  t.equal(fake.requests.length, before)
})

t.test('a revoked key is not fetched again', async (t) => {
  const setup = await setUp(t)
  const { fake, time, createEdge, token } = setup
  fake.feed.revokedKids = ['second']
  const verifier = createEdge(FEED)
  await verifier.ready()
  time.advance(10_000)
  const before = fake.count(JWKS_PATH)
  t.equal(createAsker(verifier)(token({}, second)), 'unknown_key')
  await time.pass(2000)
  t.equal(fake.count(JWKS_PATH), before)
})

t.test('before there are keys, a token is 503, and no token 401', async (t) => {
  const { fake, time, createEdge, token } = await setUp(t)
  await fake.stop()
  const verifier = createEdge()
  await until(() => verifier.health().sentence?.includes('(') === true)
  t.strictSame(await fetchResponse(verifier, token()), { status: 503, retryAfter: '2', body: NOT_READY })
  t.strictSame(await fetchResponse(verifier), { status: 401, retryAfter: null, body: MISSING_TOKEN })
  t.equal(createAsker(verifier)('a.b'), 'malformed')
  t.match(verifier.counters.rejected, { no_keys: 1, unknown_key: 0, key_pending: 0 })
  await fake.restart()
  await until(() => {
    time.advance(1000)
    return createAsker(verifier)(token()) === 'user'
  })
})

t.test('RS25: before the first snapshot a token is 503, then revoked ones are refused', async (t) => {
  const { fake, createEdge, token } = await setUp(t)
  const claims = goodClaims({ iss: fake.issuer })
  fake.feed.revoked = [{ sid: claims.sid, exp: claims.exp }]
  let respond = () => {}
  fake.faults.set(FEED_PATH, (request, response) => { respond = () => fake.feed.answer(request, response) })
  const verifier = createEdge(FEED)
  const ask = createAsker(verifier)
  const [revoked, good] = [mint(first, claims), token()]
  await until(() => verifier.keys.find('first') !== undefined)
  for (const unread of [revoked, good]) {
    t.strictSame(await fetchResponse(verifier, unread), { status: 503, retryAfter: '2', body: NOT_READY })
  }
  t.equal(ask(good), 'feed_stale')
  t.equal(ask(token({ aud: 'other' })), 'audience', 'a bad one is refused at once')
  await until(() => fake.count(FEED_PATH) === 1)
  respond()
  await until(() => ask(good) === 'user')
  t.strictSame(await fetchResponse(verifier, revoked), { status: 401, retryAfter: null, body: INVALID_TOKEN })
})

t.test('VF24: a session that ends is refused', async (t) => {
  const { fake, createEdge } = await setUp(t)
  const verifier = createEdge(FEED)
  await verifier.ready()
  const claims = goodClaims({ iss: fake.issuer })
  const token = mint(first, claims)
  t.match(await fetchResponse(verifier, token), { status: 200, body: { sessionId: claims.sid } })
  fake.feed.revoke({ sid: claims.sid, exp: claims.exp })
  await until(() => createAsker(verifier)(token) === 'revoked')
  t.strictSame(await fetchResponse(verifier, token), { status: 401, retryAfter: null, body: INVALID_TOKEN })
})

t.test('RS25: with onStale "reject", a feed that is behind is 503', async (t) => {
  const { fake, time, createEdge, token } = await setUp(t)
  const verifier = createEdge({ revocations: { token: FEED_TOKEN, maxStaleness: 60, onStale: 'reject' } })
  await verifier.ready()
  const ask = createAsker(verifier)
  t.equal(ask(token()), 'user')
  await fake.stop()
  await time.pass(61_000)
  t.equal(ask(token()), 'feed_stale')
  t.strictSame(await fetchResponse(verifier, token()), { status: 503, retryAfter: '2', body: NOT_READY })
})

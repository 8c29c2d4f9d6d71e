import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fastifyJwt from '@fastify/jwt'
import t from 'tap'
import { createVerifier, type CurrentUser, type RemoteVerifier } from '../../../../src/edge/index.ts'
import { toJwtOptions } from '../../../../src/edge/fastify-jwt.ts'
import { readSnapshot } from '../../../../src/verify/remote/snapshot-file.ts'
import { isInTime } from '../../../support/patience.ts'
import { createApp, createGuardedApp, INVALID_TOKEN, roles } from '../../edge/apps.ts'
import { AUDIENCE, goodClaims, goodHeader, mint, createKeyMaterial } from '../../../support/tokens.ts'
import { FAULTS, FEED_PATH, FEED_TOKEN, JWKS_PATH, neverAnswer } from './fake-issuer.ts'
import { FEED, first, NOT_READY, second, setUp, type Setup } from './setup.ts'
import { until } from '../../../support/until.ts'

async function resultOf (verifier: RemoteVerifier, token: string): Promise<string> {
  const verdict: CurrentUser | string = await verifier.verify(token)
  return typeof verdict === 'string' ? verdict : 'user'
}

t.test('an edge with only an address and an audience verifies tokens and refuses revoked ones, in a bare Fastify', async (t) => {
  const { fake, createEdge, token } = await setUp(t)
  const verifier = createEdge(FEED)
  const app = await createGuardedApp(t, { verifier })
  const ask = (token: string) => app.inject({ url: '/campaigns', headers: { authorization: `Bearer ${token}` } })
  const claims = goodClaims({ iss: fake.issuer })
  const mine = mint(first, claims)
  const reply = await ask(mine)
  t.strictSame([reply.statusCode, reply.json()], [200, { id: claims.sub, role: 'user' }], 'also before ready()')
  t.equal((await ask(token({ aud: 'other' }))).statusCode, 401)
  t.equal((await ask(token({ iss: 'https://auth.example.com' }))).statusCode, 401)
  t.equal((await ask(token({}, createKeyMaterial('ES256', 'first')))).statusCode, 401)

  fake.feed.revoke({ sid: claims.sid, exp: claims.exp })
  await until(() => verifier.verify(mine) === 'revoked')
  const refused = await ask(mine)
  t.strictSame([refused.statusCode, refused.json()], [401, INVALID_TOKEN])

  const [before, after] = [token({ sub: claims.sub }), token({ sub: claims.sub, iat: claims.iat + 2, exp: claims.exp + 2 })]
  t.equal((await ask(before)).statusCode, 200)
  fake.feed.requireRefresh({ sub: claims.sub, before: claims.iat + 2, exp: claims.exp + 3600 })
  await until(() => verifier.verify(before) === 'refresh_required')
  t.equal((await ask(after)).statusCode, 200)

  fake.keys = [second.jwk]
  fake.feed.revokedKids = ['first']
  fake.feed.publishKeys()
  await until(() => typeof verifier.verify(after) !== 'object')
  t.equal((await ask(after)).statusCode, 401)
  t.equal((await ask(token({}, second))).statusCode, 200)
})

t.test('the result is synchronous, except for a token with an unknown key', async (t) => {
  const { fake, time, createEdge, token } = await setUp(t)
  const verifier = createEdge()
  await verifier.ready()
  t.type(verifier.verify(token()), 'object')
  time.advance(10_000)
  fake.keys = [first.jwk, second.jwk]
  const verdict = verifier.verify(token({}, second))
  t.type(verdict, Promise)
  t.match(await verdict, { role: 'user' })
  t.type(verifier.verify(token({}, second)), 'object')
  t.equal(verifier.counters.rejected.unknown_key, 0, 'it was not rejected')
  const unknown = verifier.verify(token({}, createKeyMaterial('ES256', 'third')))
  await until(() => {
    time.advance(100)
    return fake.count(JWKS_PATH) === 3
  })
  t.equal(await unknown, 'unknown_key')
  t.equal(verifier.counters.rejected.unknown_key, 1)
})

t.test('RS24: tokens that would be rejected anyway cause no request to the issuer', async (t) => {
  const { fake, time, createEdge, token } = await setUp(t)
  const verifier = createEdge(FEED)
  await verifier.ready()
  time.advance(10_000)
  const asked = fake.requests.length
  const good = token()
  const [head = '', body = ''] = good.split('.')
  for (let index = 0; index < 10_000; index++) {
    const forged = `${head}.${body}.${Buffer.from(randomUUID().repeat(2)).subarray(0, 64).toString('base64url')}`
    if (verifier.verify(forged) !== 'signature') t.fail('it is forged')
  }
  const third = createKeyMaterial('ES256', 'third')
  const now = Math.floor(time.now() / 1000)
  const table: Array<[string, string, string]> = [
    ['a long kid in a header of four',
      mint(third, goodClaims({ iss: fake.issuer }), { ...goodHeader(third), jku: 'https://evil.example' }), 'header'],
    ['another type', mint(third, goodClaims({ iss: fake.issuer }), { ...goodHeader(third), typ: 'JWT' }), 'header'],
    ['no kid', mint(third, goodClaims({ iss: fake.issuer }), { alg: 'ES256', typ: 'at+jwt' }), 'header'],
    ['expired', token({ iat: now - 700, exp: now - 400 }, third), 'unknown_key'],
    ['of the future', token({ iat: now + 100, exp: now + 400 }, third), 'unknown_key'],
    ['of another issuer', token({ iss: 'https://evil.example' }, third), 'unknown_key'],
    ['for somebody else', token({ aud: 'other' }, third), 'unknown_key'],
    ['too long a life', token({ exp: now + 10_000 }, third), 'unknown_key'],
    ['claims that are none', mint(third, { a: 1 }), 'unknown_key'],
    ['an id token', mint(third, { ...goodClaims({ iss: fake.issuer }), nonce: 'n' }), 'unknown_key']
  ]
  for (const [name, bad, reason] of table) t.equal(verifier.verify(bad), reason, name)
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(fake.requests.length, asked)
})

t.test('TF8: an edge of several audiences accepts each of them, and asks for the unknown key of such a token only', async (t) => {
  const { fake, time, createEdge, token } = await setUp(t)
  const verifier = createEdge({ audience: ['api', 'ads'] })
  const app = await createGuardedApp(t, { verifier })
  await verifier.ready()
  t.strictSame(['api', 'ads', 'other', 'api,ads'].map((aud) => {
    const result = verifier.verify(token({ aud }))
    return typeof result === 'string' ? result : 'user'
  }), ['user', 'user', 'audience', 'audience'])
  t.equal(verifier.verify(mint(first, { ...goodClaims({ iss: fake.issuer }), aud: ['api', 'ads'] })), 'claims')
  for (const [aud, status] of [['ads', 200], ['other', 401]] as const) {
    t.equal((await app.inject({ url: '/campaigns', headers: { authorization: `Bearer ${token({ aud })}` } })).statusCode, status, aud)
  }
  for (const aud of ['ads', 'api']) {
    time.advance(10_000)
    const asked = fake.count(JWKS_PATH)
    const unknown = createKeyMaterial('ES256', `of ${aud}`)
    t.equal(verifier.verify(token({ aud: 'other' }, unknown)), 'unknown_key')
    const claims = goodClaims({ iss: fake.issuer }, Math.floor(time.now() / 1000))
    t.equal(verifier.verify(mint(unknown, { ...claims, aud: [aud] })), 'unknown_key')
    fake.keys = [...fake.keys, unknown.jwk]
    t.equal(await resultOf(verifier, token({ aud }, unknown)), 'user')
    t.equal(fake.count(JWKS_PATH), asked + 1)
  }
})

t.test('an audience that is none is rejected before anything is fetched', async (t) => {
  const { fake, createEdge } = await setUp(t)
  for (const audience of [[], [''], ['api', 1], '', null, { 0: 'api' }]) {
    t.throws(() => createEdge({ audience: audience as string }), {
      name: 'TypeError', message: 'createVerifier needs an audience, or a list of audiences'
    }, JSON.stringify(audience))
  }
  await new Promise((resolve) => setTimeout(resolve, 20))
  t.equal(fake.requests.length, 0)
})

t.test('KY11, F9: a flood of unknown kids costs one fetch a second, and a genuine new key is still fetched', async (t) => {
  const { fake, time, createEdge, token } = await setUp(t)
  const verifier = createEdge()
  await verifier.ready()
  time.advance(10_000)
  const asked = fake.count(JWKS_PATH)
  const floodMaterial = createKeyMaterial('EdDSA')
  const claims = goodClaims({ iss: fake.issuer }, Math.floor(time.now() / 1000))
  const flood = Array.from({ length: 10_000 }, () => verifier.verify(mint(
    { ...floodMaterial, sign: () => Buffer.alloc(64) }, claims, { ...goodHeader(floodMaterial), kid: randomUUID() }
  )))
  t.ok(flood.filter((verdict) => verdict === 'unknown_key').length >= 9000, 'most are refused at once')
  fake.keys = [first.jwk, second.jwk]
  t.equal(verifier.verify(token({}, second)), 'unknown_key', 'the queue is full')
  await until(() => fake.count(JWKS_PATH) === asked + 1)
  await until(() => {
    time.advance(200)
    return typeof verifier.verify(token({}, second)) === 'object' && verifier.keys.find('second') !== undefined
  })
  t.ok(fake.count(JWKS_PATH) <= asked + 3)
  time.advance(3000)
  t.ok((await Promise.all(flood)).every((verdict) => verdict === 'unknown_key'))
})

t.test('an edge with neither issuer nor snapshot reports it in one sentence, and answers 503 until it has keys', async (t) => {
  const { fake, time, lines, createEdge, token } = await setUp(t)
  await fake.stop()
  const verifier = createEdge()
  const app = await createGuardedApp(t, { verifier })
  const ready = verifier.ready()
  const pending = app.inject({ url: '/campaigns', headers: { authorization: `Bearer ${token()}` } })
  await until(() => lines.length === 1)
  let isReady = false
  ready.then(() => { isReady = true }, t.threw)
  await until(() => {
    time.advance(100)
    return isReady
  })
  t.strictSame(lines, ['the keys of the issuer cannot be read; there are none yet, so every token is answered 503'])
  const health = verifier.health()
  const sentence = new RegExp(
    `^There are no keys of ${fake.issuer}, neither from it nor from a snapshot: every token is answered 503 \\(.*ECONNREFUSED\\)\\.$`
  )
  t.match(health.sentence, sentence)
  t.strictSame({ ...health, sentence: '' }, {
    ready: false, keys: 'missing', keysAgeSeconds: undefined, feed: 'off', feedAgeSeconds: undefined, sentence: ''
  })
  const reply = await pending
  t.strictSame(
    [reply.statusCode, reply.json(), reply.headers['retry-after'], reply.headers['www-authenticate']],
    [503, NOT_READY, '2', undefined]
  )
  t.equal((await app.inject({ url: '/campaigns' })).statusCode, 401, 'no token is no token')
  t.equal(verifier.counters.rejected.no_keys, 1)
  t.equal(verifier.counters.rejected.unknown_key, 0)

  await fake.restart()
  await until(() => {
    time.advance(1000)
    return verifier.health().ready
  })
  t.equal((await app.inject({ url: '/campaigns', headers: { authorization: `Bearer ${token()}` } })).statusCode, 200)
  t.match(verifier.health(), { ready: true, keys: 'ok', feed: 'off', sentence: undefined })
})

t.test('F8: with a faulty issuer at startup no token is accepted, and the edge recovers with the issuer', async (t) => {
  for (const [name, fault] of Object.entries(FAULTS)) {
    if (name.startsWith('never')) continue
    const { fake, time, createEdge, token } = await setUp(t)
    fake.faults.set('*', fault)
    const verifier = createEdge()
    await until(() => verifier.health().sentence?.includes('(') === true)
    const verdict = resultOf(verifier, token())
    await until(() => {
      time.advance(500)
      return verifier.counters.rejected.no_keys === 1
    })
    t.equal(await verdict, 'no_keys', `it ${name}`)
    fake.faults.clear()
    await until(() => {
      time.advance(500)
      return verifier.health().ready
    })
    t.equal(await resultOf(verifier, token()), 'user')
  }
})

t.test('earlier revocations apply from the first request on, without waiting for ready()', async (t) => {
  const { fake, createEdge, token } = await setUp(t)
  const sid = randomUUID()
  fake.feed.revoke({ sid, exp: Math.floor(Date.now() / 1000) + 600 })
  // The keys arrive long before the feed.
  fake.faults.set(FEED_PATH, (request, response) => { setTimeout(() => fake.feed.answer(request, response), 100) })
  const verifier = createEdge(FEED)
  const [revoked, good] = [verifier.verify(token({ sid })), verifier.verify(token())]
  t.type(revoked, Promise)
  t.equal(await revoked, 'revoked')
  t.match(await good, { role: 'user' })
  await verifier.ready()
  t.strictSame(verifier.health(), { ready: true, keys: 'ok', keysAgeSeconds: 0, feed: 'ok', feedAgeSeconds: 0 })
})

t.test('without the feed, requests wait five seconds at most, and then onStale applies', async (t) => {
  for (const [onStale, verdict] of [['accept', 'user'], ['reject', 'feed_stale']] as const) {
    const { fake, time, createEdge, token } = await setUp(t)
    fake.faults.set(FEED_PATH, neverAnswer)
    const verifier = createEdge({ revocations: { token: FEED_TOKEN, onStale } })
    await until(() => verifier.keys.find('first') !== undefined)
    const waiting = resultOf(verifier, token())
    time.advance(4999)
    t.type(verifier.verify(token()), Promise)
    time.advance(1)
    t.equal(await waiting, verdict, onStale)
    await verifier.ready()
    t.match(verifier.health(), {
      ready: onStale === 'accept', keys: 'ok', feed: 'never', feedAgeSeconds: undefined, sentence: /has not been read yet/
    })
  }
})

t.test('at startup a limited number of requests waits; the rest is answered 503', async (t) => {
  const { fake, createEdge, token } = await setUp(t)
  fake.faults.set(FEED_PATH, neverAnswer)
  const verifier = createEdge(FEED)
  await until(() => verifier.keys.find('first') !== undefined)
  const mine = token()
  const verdicts = Array.from({ length: 1100 }, () => verifier.verify(mine))
  t.equal(verdicts.filter((verdict) => verdict === 'feed_stale').length, 100)
})

t.test('RS25, F22: beyond maxStaleness onStale applies, health reports the age, and the edge recovers', async (t) => {
  const { fake, time, createEdge, token } = await setUp(t)
  const [accepting, rejecting] = (['accept', 'reject'] as const).map((onStale) =>
    createEdge({ revocations: { token: FEED_TOKEN, onStale, maxStaleness: 30 } }))
  if (accepting === undefined || rejecting === undefined) return
  await Promise.all([accepting.ready(), rejecting.ready()])
  const app = await createGuardedApp(t, { verifier: rejecting })
  const ask = () => app.inject({ url: '/campaigns', headers: { authorization: `Bearer ${token()}` } })
  t.equal((await ask()).statusCode, 200)
  fake.faults.set(FEED_PATH, (_request, response) => response.writeHead(503).end())
  fake.feed.disconnectAll()
  time.advance(30_000)
  t.match(rejecting.health(), { ready: true, feed: 'ok', feedAgeSeconds: 30 })
  t.equal((await ask()).statusCode, 200)
  // The wall clock does not matter.
  time.setClock(time.now() - 20_000)
  time.advance(1)
  const reply = await ask()
  t.strictSame([reply.statusCode, reply.json(), reply.headers['retry-after']], [503, NOT_READY, '2'])
  t.equal(
    (await app.inject({ url: '/campaigns', headers: { authorization: 'Bearer x' } })).statusCode,
    401, 'a bad token is still a bad token'
  )
  t.match(rejecting.health(), {
    ready: false, feed: 'stale', feedAgeSeconds: 30, sentence: /was last in sync 30 s ago: every token is answered 503/
  })
  t.equal(rejecting.counters.rejected.feed_stale, 1)
  t.equal(await resultOf(accepting, token()), 'user')
  t.match(accepting.health(), { ready: true, feed: 'stale', sentence: /tokens revoked since are accepted/ })
  fake.faults.clear()
  await until(() => {
    time.advance(200)
    return rejecting.health().feed === 'ok'
  })
  t.equal((await ask()).statusCode, 200)
})

t.test('an edge starts from its snapshot while the issuer is down, with all revocations', async (t) => {
  const { fake, time, createEdge, token, lines } = await setUp(t)
  const snapshotFile = join(t.testdir(), 'snapshot')
  fake.keys = [first.jwk, second.jwk]
  const earlier = createEdge({ ...FEED, snapshotFile })
  await earlier.ready()
  const [sid, sub, now] = [randomUUID(), randomUUID(), Math.floor(time.now() / 1000)]
  fake.feed.revoke({ sid, exp: now + 600 })
  fake.feed.requireRefresh({ sub, before: now + 2, exp: now + 3660 })
  fake.feed.revokedKids = ['second']
  fake.feed.publishKeys()
  await until(() => earlier.keys.find('second') === undefined)
  await earlier.close()
  await fake.stop()

  time.advance(60_000)
  const later = createEdge({ ...FEED, snapshotFile })
  const verdicts = Promise.all(
    [token(), token({ sid }), token({ sub, iat: now, exp: now + 300 }), token({}, second)].map((token) => resultOf(later, token))
  )
  time.advance(5000)
  await later.ready()
  t.strictSame(await verdicts, ['user', 'revoked', 'refresh_required', 'unknown_key'])
  t.match(later.health(), { ready: true, keys: 'stale', keysAgeSeconds: 65, feed: 'stale', feedAgeSeconds: 65 })
  t.ok(lines.includes('restored the snapshot of an earlier process'))
  fake.feed.revokedKids = []
  fake.feed.revoked = []
  fake.feed.required = []
  fake.feed.epoch = 'e2'
  await fake.restart()
  await until(() => {
    time.advance(500)
    return later.health().feed === 'ok' && later.health().keys === 'ok'
  })
  t.strictSame(
    await Promise.all([token(), token({ sid }), token({ sub, iat: now, exp: now + 300 })].map((token) => resultOf(later, token))),
    ['user', 'revoked', 'refresh_required']
  )
  t.equal(later.keys.find('second'), undefined, 'although the issuer publishes it again')
})

t.test('revocations are written to the snapshot while the edge runs', async (t) => {
  const { fake, time, createEdge } = await setUp(t)
  const snapshotFile = join(t.testdir(), 'snapshot')
  const verifier = createEdge({ ...FEED, snapshotFile })
  await verifier.ready()
  const sid = randomUUID()
  fake.feed.revoke({ sid, exp: Math.floor(time.now() / 1000) + 600 })
  await until(() => {
    time.advance(200)
    return [...readSnapshot(snapshotFile, { issuer: fake.issuer })?.sessions ?? []].some((session) => session.sid === sid)
  })
})

t.test('a damaged snapshot is ignored, logged and replaced', async (t) => {
  const { fake, lines, createEdge, token } = await setUp(t)
  const snapshotFile = join(t.testdir(), 'snapshot')
  writeFileSync(snapshotFile, 'not a snapshot\n')
  const verifier = createEdge({ snapshotFile })
  t.match(lines, ['the snapshot cannot be used and is ignored'])
  await verifier.ready()
  t.equal(await resultOf(verifier, token()), 'user')
  await verifier.close()
  t.equal(readSnapshot(snapshotFile, { issuer: fake.issuer })?.keys.length, 1)
})

t.test('VF23: request.jwtVerify() has the same result', async (t) => {
  const { fake, createEdge, token, time } = await setUp(t)
  const verifier = createEdge({ revocations: { token: FEED_TOKEN, onStale: 'reject', maxStaleness: 30 } })
  await verifier.ready()
  const app = createApp(t)
  if (verifier.tokens !== undefined) await app.register(fastifyJwt, toJwtOptions(verifier.tokens))
  app.get('/', async (request) => request.jwtVerify())
  const ask = async (token: string) => (await app.inject({ url: '/', headers: { authorization: `Bearer ${token}` } })).statusCode
  t.equal(await ask(token()), 200)
  t.equal(await ask(token({}, second)), 401)
  fake.faults.set(FEED_PATH, neverAnswer)
  fake.feed.disconnectAll()
  time.advance(31_000)
  t.equal(await ask(token()), 503)
})

t.test('invalid options are refused at once', async (t) => {
  const good = { issuer: 'http://127.0.0.1:9', audience: AUDIENCE, roles }
  const table: Array<[string, object, RegExp]> = [
    ['plain http from afar', { issuer: 'http://auth.example.com' }, /must be https/],
    ['a path', { issuer: 'https://auth.example.com/tenant' }, /must be an origin/],
    ['no issuer', { issuer: '' }, /must be an origin/],
    ['no audience', { audience: '' }, /needs an audience/],
    ['no token of the feed', { revocations: {} }, /need a token/],
    ['a token in lines', { revocations: { token: 'a\r\nb' } }, /need a token/],
    ['no staleness', { revocations: { token: 'x', maxStaleness: 0 } }, /maxStaleness/],
    ['staleness in words', { revocations: { token: 'x', maxStaleness: '60' } }, /maxStaleness/],
    ['another onStale', { revocations: { token: 'x', onStale: 'ignore' } }, /onStale/],
    ['no key age', { maxKeyAge: 0 }, /maxKeyAge/],
    ['an endless key age', { maxKeyAge: 1e9 }, /maxKeyAge/],
    ['a cache of a fraction', { cacheSize: 0.5 }, /cacheSize/],
    ['a life of a day', { maxTtlSeconds: 86_400 }, /maxTtlSeconds/]
  ]
  for (const [name, change, sentence] of table) t.throws(() => createVerifier({ ...good, ...change }), sentence, name)
})

t.test('an edge does not keep a process alive, except while ready() is awaited', async (t) => {
  const [whole, silent] = await Promise.all([setUp(t), setUp(t)])
  silent.fake.faults.set(FEED_PATH, neverAnswer)
  const door = new URL('../../../../src/edge/index.ts', import.meta.url).href
  const run = ({ fake }: Setup) => new Promise<{ code: number | null, output: string, lingeredMs: number }>((resolve) => {
    const child = spawn(process.execPath, [...process.execArgv, '--input-type=module', '-e', `
      import { createVerifier, defineRoles } from '${door}'
      const verifier = createVerifier({
        issuer: '${fake.issuer}', audience: 'api', roles: defineRoles({ user: ['a:b'] }),
        revocations: { token: '${FEED_TOKEN}' }
      })
      await verifier.ready()
      console.log(JSON.stringify(verifier.health()))`])
    let output = ''
    let toldAt = 0
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk)
        toldAt ||= performance.now()
      })
    }
    child.on('close', (code) => resolve({ code, output, lingeredMs: performance.now() - toldAt }))
  })
  const [open, never] = await Promise.all([run(whole), run(silent)])
  t.match(open.output, /"ready":true,"keys":"ok","keysAgeSeconds":0,"feed":"ok","feedAgeSeconds":0/)
  t.equal(open.code, 0)
  t.ok(isInTime(open.lingeredMs, 5000), 'long before the open stream would be given up')
  t.match(never.output, /"feed":"never"/)
  t.equal(never.code, 0)
})

t.test('a clock that differs from the issuer\'s is reported, and the edge is not ready while valid tokens are refused', async (t) => {
  for (const [seconds, clock] of [[-60, 'behind'], [400, 'ahead']] as const) {
    const { fake, time, lines, createEdge } = await setUp(t)
    let off = seconds * 1000
    fake.feed.asOf = () => new Date(time.now() - off)
    const verifier = createEdge(FEED)
    await verifier.ready()
    t.match(verifier.health(), {
      ready: false,
      clock,
      feed: 'ok',
      sentence: /^The clock of this machine is about \d+ s (ahead of|behind) that of http.*: valid tokens are refused\.$/
    })
    t.equal(lines.filter((line) => line.includes('does not agree')).length, 1)
    off = 0
    await until(() => {
      fake.feed.sendHeartbeat()
      return verifier.health().ready
    })
    t.strictSame([verifier.health().clock, verifier.health().sentence], [undefined, undefined])
  }
})

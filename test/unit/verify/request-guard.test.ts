import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import express from 'express'
import Fastify, { type FastifyInstance } from 'fastify'
import { Hono } from 'hono'
import { HonoRequest } from 'hono/request'
import t, { type Test } from 'tap'
import { ALGORITHMS } from '../../../src/contract/index.ts'
import { edge } from '../../../src/edge/index.ts'
import {
  createDenyList, createLocalKeySource, createVerifier, defineRoles, Rejection, type RejectionReason, type RequestGuard,
  type RequestGuardOptions
} from '../../../src/verify/index.ts'
import { TOKEN_REJECTIONS } from '../../../src/verify/rejection.ts'
import { DOUBLED, INSUFFICIENT_SCOPE, INVALID_TOKEN, MISSING_TOKEN, verifierWith } from '../edge/apps.ts'
import { hostileTokens } from '../edge/hostile-tokens.ts'
import { listen, send, type RawResponse } from '../../support/sockets.ts'
import { AUDIENCE, bearer, createKeyMaterial, goodClaims, ISSUER, mint, testKey, testKeyMaterial } from '../../support/tokens.ts'

const NOW_SECONDS = 1_800_000_000
const PROOF_NEEDED = {
  type: '/problems/insufficient-user-authentication',
  title: 'Unauthorized',
  status: 401,
  detail: 'Prove again who you are: the last proof is too old, or too weak.',
  code: 'insufficient_user_authentication'
}
const NOT_READY = {
  type: '/problems/not-ready', title: 'Service Unavailable', status: 503, detail: 'The service is not ready.', code: 'not_ready'
}
const PROBLEM = { 'cache-control': 'no-store', 'content-type': 'application/problem+json' }
const BAD_TOKEN = 'Bearer error="invalid_token", error_description="The access token is not valid."'

/** A request of the Fetch API. */
function requestWith (authorization?: string, query = ''): Request {
  return new Request(`https://api.example.com/campaigns${query}`, { headers: authorization === undefined ? {} : { authorization } })
}

/** @returns what the guard throws; fails where it lets the request in */
function catchRejection (guard: RequestGuard<unknown>, request: IncomingMessage | Request): Rejection {
  try {
    guard(request)
  } catch (error) {
    if (error instanceof Rejection) return error
    throw error
  }
  throw new Error('the request was let in')
}

t.test('what nobody can pass is an error where the guard is made', async (t) => {
  const verifier = verifierWith()
  const table: Array<[options: unknown, message: string]> = [
    [undefined, 'guard needs "allow": a guard that allows nothing lets nobody in'],
    [null, 'guard needs "allow": a guard that allows nothing lets nobody in'],
    ['campaigns:read', 'guard needs "allow": a guard that allows nothing lets nobody in'],
    [{}, 'guard needs "allow": a guard that allows nothing lets nobody in'],
    [{ allow: undefined, stepUp: { maxAge: 300 } }, 'guard needs "allow": a guard that allows nothing lets nobody in'],
    [{ allow: 'campaigns:raed' }, 'guard allows "campaigns:raed", which no role grants'],
    [{ allow: '' }, 'guard allows "", which no role grants'],
    [{ allow: null }, 'guard allows "null", which no role grants'],
    [{ allow: ['campaigns:read'] }, 'guard allows "campaigns:read", which no role grants'],
    [{ allow: 'toString' }, 'guard allows "toString", which no role grants'],
    [{ allow: 'campaigns:read', freshness: 'central' }, 'guard has "freshness"; there are "allow" and "stepUp"'],
    [{ allow: 'campaigns:read', stepup: { maxAge: 300 } }, 'guard has "stepup"; there are "allow" and "stepUp"'],
    [{ allow: 'campaigns:read', stepUp: {} }, 'stepUp needs a maxAge, in whole seconds from 1'],
    [{ allow: 'campaigns:read', stepUp: null }, 'stepUp needs a maxAge, in whole seconds from 1'],
    [{ allow: 'campaigns:read', stepUp: { maxAge: 300, acr: 'aal4' } }, 'stepUp asks for acr "aal4"; there are aal1, aal2, phr']
  ]
  for (const [options, message] of table) {
    t.throws(() => verifier.guard(options as RequestGuardOptions), { name: 'TypeError', message }, message)
  }
})

t.test('a good token is let in, synchronously, and the guard returns its user', async (t) => {
  const verifier = verifierWith()
  const guard = verifier.guard({ allow: 'campaigns:read' })
  const claims = goodClaims()
  const request = requestWith(`Bearer ${mint(testKeyMaterial, claims)}`)
  const user = guard(request)
  t.match(user, { id: claims.sub, role: 'user', sessionId: claims.sid })
  t.equal(guard(request), user, 'one object for all requests with this token')
  t.strictSame([verifier.counters.verified, verifier.counters.cacheHits], [1, 1])
  t.equal(verifierWith().guard({ allow: 'campaigns:read', stepUp: { maxAge: 300 } })(request).id, claims.sub)
})

t.test('VF18: the role must grant the capability, and a scope is a ceiling', async (t) => {
  const verifier = verifierWith()
  const table: Array<[name: string, allow: string, claims: Parameters<typeof bearer>[0], isAllowed: boolean]> = [
    ['granted', 'campaigns:read', { role: 'user' }, true],
    ['not granted', 'campaigns:write', { role: 'user' }, false],
    ['of an unknown role', 'campaigns:read', { role: 'guest' }, false],
    ['in the scope', 'campaigns:read', { role: 'admin', client_id: 'reports', scope: 'campaigns:read users:read' }, true],
    ['not in the scope', 'campaigns:write', { role: 'admin', client_id: 'reports', scope: 'campaigns:read users:read' }, false],
    ['in the scope only', 'campaigns:write', { role: 'user', client_id: 'reports', scope: 'campaigns:write' }, false],
    ['with an empty scope', 'campaigns:read', { role: 'admin', client_id: 'reports', scope: '' }, false]
  ]
  for (const [name, allow, claims, isAllowed] of table) {
    const guard = verifier.guard({ allow })
    const request = requestWith(bearer(claims))
    if (isAllowed) t.type(guard(request), 'object', name)
    else t.match(catchRejection(guard, request), { reason: 'insufficient_scope', status: 403 }, name)
  }
})

t.test('TF14: a guard asks for a proof, by the clock of the verifier', async (t) => {
  const time = { ms: NOW_SECONDS * 1000 }
  const guard = verifierWith({ clock: () => time.ms }).guard({ allow: 'campaigns:read', stepUp: { maxAge: 60, acr: 'aal2' } })
  const ofProof = (claims: Parameters<typeof bearer>[0]) => requestWith(bearer(goodClaims({ role: 'user', ...claims }, NOW_SECONDS)))
  const strong = ofProof({ acr: 'aal2' })
  const weak = ofProof({ acr: 'aal1' })
  const challenge = 'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="60"'
  t.type(guard(strong), 'object')
  const rejection = catchRejection(guard, weak)
  t.strictSame(
    [rejection.status, rejection.headers, JSON.parse(rejection.body)], [401, { ...PROBLEM, 'www-authenticate': challenge }, PROOF_NEEDED]
  )
  time.ms += 65_000
  t.type(guard(strong), 'object')
  time.ms += 1
  t.equal(catchRejection(guard, strong).headers['www-authenticate'], challenge)
  time.ms = NOW_SECONDS * 1000
  const { sub } = goodClaims()
  const machine = { sub, client_id: sub, auth_time: undefined, acr: undefined }
  t.equal(catchRejection(guard, ofProof(machine)).reason, 'insufficient_scope', 'nobody can ask a machine')
  t.equal(catchRejection(guard, ofProof({ acr: 'aal1', role: 'guest' })).reason, 'insufficient_scope', 'a proof would not help')
})

t.test('VF24: a token that is revoked later is refused, also from the cache', async (t) => {
  const denyList = createDenyList()
  const guard = verifierWith({ denyList }).guard({ allow: 'campaigns:read' })
  const claims = goodClaims()
  const request = requestWith(`Bearer ${mint(testKeyMaterial, claims)}`)
  t.type(guard(request), 'object')
  denyList.revokeSession({ sid: claims.sid, exp: claims.exp })
  t.match(catchRejection(guard, request), { reason: 'revoked', status: 401, body: JSON.stringify(INVALID_TOKEN) })
})

t.test('the compiler knows what a guard may allow, and the roles of its user', async (t) => {
  const verifier = createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    roles: defineRoles({ admin: ['campaigns:read', 'users:read'], 'sub-editor': ['campaigns:read'] }),
    keys: createLocalKeySource([testKey])
  })
  const guard = verifier.guard({ allow: 'campaigns:read' })
  const user = guard(requestWith(bearer({ role: 'sub-editor' })))
  t.strictSame([user.isAdmin(), user.isSubEditor(), user.can('users:read'), user.is('admin')], [false, true, false, false])
  // @ts-expect-error no role grants it
  t.throws(() => verifier.guard({ allow: 'campaigns:raed' }), TypeError)
  // @ts-expect-error it must allow something
  t.throws(() => verifier.guard({ stepUp: { maxAge: 300 } }), TypeError)
  // @ts-expect-error there are "allow" and "stepUp"
  t.throws(() => verifier.guard({ allow: 'campaigns:read', freshness: 'central' }), TypeError)
  // @ts-expect-error no such acr
  t.throws(() => verifier.guard({ allow: 'campaigns:read', stepUp: { maxAge: 300, acr: 'aal4' } }), TypeError)
  // @ts-expect-error no such role
  t.throws(() => user.isUser(), TypeError)
  // @ts-expect-error no role grants it
  t.equal(user.can('users:raed'), false)
  // @ts-expect-error not a promise: nothing is to be awaited
  t.equal(user.then, undefined)
  // @ts-expect-error a request, not its headers
  t.throws(() => guard({ headers: {} }), TypeError)
})

t.test('an object that is no request is a TypeError, and lets nobody in', async (t) => {
  const guard = verifierWith().guard({ allow: 'campaigns:read' })
  const headers = { authorization: bearer() }
  const fastify = Fastify()
  t.teardown(() => fastify.close())
  let caught: unknown
  fastify.get('/', (request) => {
    try {
      return guard(request as unknown as IncomingMessage)
    } catch (error) {
      caught = error
      return guard(request.raw)
    }
  })
  const reply = await fastify.inject({ url: '/', headers })
  t.type(caught, TypeError, 'a request of Fastify')
  t.match(reply.json(), { role: 'user' }, 'but what it wraps is one')
  const hono = new HonoRequest(requestWith(headers.authorization))
  t.throws(() => guard(hono as unknown as Request), TypeError, 'a request of Hono')
  t.type(guard(hono.raw), 'object', 'but what it wraps is one')
  for (const request of [{}, { headers }, undefined, headers.authorization]) t.throws(() => guard(request as unknown as Request), TypeError)
})

t.test('each reason has its response', async (t) => {
  const invalid = { status: 401, headers: { ...PROBLEM, 'www-authenticate': BAD_TOKEN }, body: INVALID_TOKEN }
  const busy = (seconds: string) => ({ status: 503, headers: { ...PROBLEM, 'retry-after': seconds }, body: NOT_READY })
  const others: Partial<Record<RejectionReason, typeof invalid | ReturnType<typeof busy>>> = {
    no_keys: busy('2'),
    feed_stale: busy('2'),
    key_pending: busy('1'),
    missing_token: { status: 401, headers: { ...PROBLEM, 'www-authenticate': 'Bearer' }, body: MISSING_TOKEN },
    doubled_credentials: {
      status: 400,
      headers: { ...PROBLEM, 'www-authenticate': 'Bearer error="invalid_request", error_description="Send exactly one credential."' },
      body: DOUBLED
    },
    insufficient_scope: {
      status: 403, headers: { ...PROBLEM, 'www-authenticate': 'Bearer error="insufficient_scope"' }, body: INSUFFICIENT_SCOPE
    },
    insufficient_user_authentication: {
      status: 401, headers: { ...PROBLEM, 'www-authenticate': 'Bearer error="insufficient_user_authentication"' }, body: PROOF_NEEDED
    }
  }
  const reasons = new Set([...TOKEN_REJECTIONS, ...Object.keys(others) as RejectionReason[]])
  t.equal(reasons.size, TOKEN_REJECTIONS.length + 4)
  for (const reason of reasons) {
    const expected = others[reason] ?? invalid
    const rejection = new Rejection(reason)
    const { status, headers, body, detail, message } = rejection
    t.strictSame({ status, headers, body: JSON.parse(body) }, expected, reason)
    t.strictSame([detail, message, rejection.reason], [expected.body.detail, expected.body.detail, reason])
    const response = rejection.toResponse()
    t.strictSame(
      { status: response.status, headers: Object.fromEntries(response.headers), body: await response.json() }, expected,
      `${reason}, of the Fetch API`
    )
  }
})

t.test('ER10: a rejection tells the client no reason, has no trace, and leaves those of others as they are', async (t) => {
  const { stackTraceLimit } = Error
  const rejection = catchRejection(verifierWith().guard({ allow: 'campaigns:read' }), requestWith(bearer({ aud: 'another' })))
  t.equal(Error.stackTraceLimit, stackTraceLimit)
  t.type(rejection, Error)
  t.strictSame([rejection.name, rejection.reason], ['Rejection', 'audience'])
  t.match(rejection.stack, /^\w+: The access token is not valid\.$/, 'one line')
  t.notMatch(JSON.stringify([rejection.body, rejection.headers]), /audience|another|stack/)
  t.match(new Error('another').stack, /request-guard\.test\.ts/)
  t.throws(() => { Object.assign(rejection.headers, { 'www-authenticate': '' }) }, TypeError, 'all rejections share them')
})

t.test('Hono sends the whole response by itself', async (t) => {
  const guard = verifierWith().guard({ allow: 'campaigns:read' })
  const app = new Hono().get('/campaigns', (context) => context.json({ reader: guard(context.req.raw).id }))
  const response = await app.request(requestWith('Bearer x'))
  t.equal(response.status, 401)
  t.match(Object.fromEntries(response.headers), { ...PROBLEM, 'www-authenticate': BAD_TOKEN })
  t.strictSame(await response.json(), INVALID_TOKEN)
})

t.test('Express sends the status and the headers by itself, and not the reason', async (t) => {
  for (const env of ['development', 'production']) {
    const app = express().set('env', env)
    const guard = verifierWith().guard({ allow: 'campaigns:read' })
    app.get('/', (request, response) => { response.json(guard(request)) })
    // It writes the error to the console, except in tests.
    const log = t.capture(console, 'error')
    const server = app.listen(0, '127.0.0.1')
    t.teardown(() => new Promise((resolve) => server.close(resolve)))
    await once(server, 'listening')
    const { status, headers, body } = await askAt((server.address() as AddressInfo).port)('/', `Authorization: ${bearer({ aud: 'x' })}`)
    t.match({ status, headers }, { status: 401, headers: { 'www-authenticate': BAD_TOKEN, 'cache-control': 'no-store' } }, env)
    t.match(body, env === 'production' ? 'Unauthorized' : 'The access token is not valid.')
    t.notMatch(body, /audience|node_modules/)
    t.equal(log().length, 1)
  }
})

for (const alg of ALGORITHMS) {
  t.test(`VF23, ER10: ${alg}: the plugin and the guard answer each hostile token alike`, async (t) => {
    const material = createKeyMaterial(alg)
    const verifier = verifierWith({ keys: createLocalKeySource([material.jwk]) })
    const { askPlugin, askGuard } = await startBoth(t, { verifier, allow: 'campaigns:read' })
    const rows = hostileTokens(material, goodClaims())
    t.ok(rows.length >= 300, `${rows.length} rows`)
    const guard = verifier.guard({ allow: 'campaigns:read' })
    const failures: unknown[] = []
    for (const [name, authorization] of rows) {
      const [one, other] = await Promise.all([askPlugin, askGuard].map((ask) => ask('/', `Authorization: ${authorization}`)))
      if (!isDeepStrictEqual(one, other) || other?.status !== 401) failures.push({ name, one, other })
      const fetched = toHeaders(authorization)
      if (fetched === undefined) continue
      const { status, body } = catchRejection(guard, new Request('https://api.example.com/', { headers: fetched }))
      // Where a header contains a comma, it may have been two.
      const expected = authorization.includes(',') ? [400, DOUBLED] : [401, INVALID_TOKEN]
      if (!isDeepStrictEqual([status, JSON.parse(body)], expected)) failures.push({ name, status, body })
    }
    t.strictSame(failures, [])
  })
}

t.test('VF23, VF21: the plugin and the guard answer alike, whatever else is wrong or right', async (t) => {
  const NOW = { clock: () => NOW_SECONDS * 1000 }
  const stepUp = { maxAge: 60, acr: 'aal2' } as const
  const { askPlugin, askGuard } = await startBoth(t, { verifier: verifierWith(NOW), allow: 'campaigns:write', stepUp })
  const withToken = (claims: Parameters<typeof bearer>[0]) => `Authorization: ${bearer(goodClaims(claims, NOW_SECONDS))}`
  const good = withToken({ role: 'admin', acr: 'aal2' })
  const { sub } = goodClaims()
  const table: Array<[name: string, status: number, fields: string[], target?: string]> = [
    ['good', 200, [good]],
    ['none', 401, []],
    ['of another scheme', 401, ['Authorization: Basic dTpw']],
    ['doubled', 400, [good, good]],
    ['one more in the address', 400, [good], '/?access_token=x'],
    ['in the address', 401, [], `/?access_token=${good.split(' ')[2]}`],
    ['expired', 401, [withToken({ role: 'admin', iat: NOW_SECONDS - 400, exp: NOW_SECONDS - 100 })]],
    ['of a role that may not', 403, [withToken({ role: 'user', acr: 'aal2' })]],
    ['within a ceiling', 403, [withToken({ role: 'admin', acr: 'aal2', client_id: 'reports', scope: 'users:read' })]],
    ['too weak', 401, [withToken({ role: 'admin', acr: 'aal1' })]],
    ['too old', 401, [withToken({ role: 'admin', acr: 'aal2', auth_time: NOW_SECONDS - 100 })]],
    ['of a machine', 403, [withToken({ role: 'admin', sub, client_id: sub, auth_time: undefined, acr: undefined })]]
  ]
  for (const [name, status, fields, target = '/'] of table) {
    const [one, other] = [await askPlugin(target, ...fields), await askGuard(target, ...fields)]
    t.strictSame(one, other, name)
    t.equal(other.status, status, name)
  }
})

type BothOptions = RequestGuardOptions & { verifier: ReturnType<typeof verifierWith> }

/** The plugin and a guard of the same verifier, on sockets; what differs by their frameworks is left out of the responses. */
async function startBoth (t: Test, options: BothOptions) {
  const app: FastifyInstance = Fastify()
  t.teardown(() => app.close())
  await app.register(async (module) => {
    await module.register(edge, options)
    module.get('/', ({ currentUser }) => ({ id: currentUser.id }))
  })
  const { verifier, ...guardOptions } = options
  const guard = verifier.guard(guardOptions)
  const server = createServer((request, response) => {
    try {
      const body = JSON.stringify({ id: guard(request).id })
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
    } catch (error) {
      if (!(error instanceof Rejection)) throw error
      response.writeHead(error.status, { ...error.headers, 'content-length': error.body.length }).end(error.body)
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise((resolve) => server.close(resolve)))
  return { askPlugin: askAt(await listen(app)), askGuard: askAt((server.address() as AddressInfo).port) }
}

function askAt (port: number) {
  return async (target: string, ...fields: string[]) => withoutFramework(
    await send(port, [`GET ${target} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...fields, '', ''].join('\r\n'))
  )
}

/** Undefined for what the Fetch API does not send. */
function toHeaders (authorization: string): Headers | undefined {
  try {
    return new Headers({ authorization })
  } catch {
    return undefined
  }
}

/** Fastify adds a charset to a media type, which JSON does not have. */
function withoutFramework ({ status, headers: { date, ...headers }, body }: RawResponse) {
  return { status, headers: { ...headers, 'content-type': headers['content-type']?.replace('; charset=utf-8', '') }, body }
}

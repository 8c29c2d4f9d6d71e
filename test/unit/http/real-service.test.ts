// The real service: requirements of every route, and of its log.
import { randomBytes } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Fastify from 'fastify'
import { decodeJwt } from 'jose'
import t from 'tap'
import { loadConfig } from '../../../src/config/config.ts'
import { createLog, metrics } from '../../../src/http/index.ts'
import type { MetricsSources } from '../../../src/http/service-meters.ts'
import { openWithDatabase, closeExceptDatabase } from '../../../src/dependencies.ts'
import { createFeedCounters } from '../../../src/feed/subscriber.ts'
import { eachDatabase } from '../../support/database.ts'
import { createService, SECRET_KEYS } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'
import { logIn } from '../../support/inject.ts'
import { PASSWORD } from '../../support/password.ts'
import { freePort } from '../../../scripts/free-port.js'
import { parseSamples } from './measured-app.ts'

const FEED_TOKEN = randomBytes(32).toString('base64url')
const ID = '01931f0e-7c4a-7b1e-8d2f-3a4b5c6d7e8f'
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** `{}` stands for no credential. */
const namesScheme = (requirement: object) => Object.keys(requirement).length > 0

eachDatabase(t, 'HC17, AZ1: no spelling and no method of a guarded URL responds without a token', async (t, database) => {
  const { app } = await createService(t, database, { settings: { FEED_TOKEN } })
  const { paths } = (await app.inject('/openapi.json')).json()
  const guarded = Object.keys(paths).filter((path) =>
    Object.values<{ security?: object[] }>(paths[path]).some(({ security = [] }) => security.length > 0 && security.every(namesScheme)))
  t.ok(guarded.length >= 12, `there are ${guarded.length} of them`)
  for (const path of guarded.map((pattern) => pattern.replace(/\{\w+\}/g, ID))) {
    const [, first = '', rest = ''] = /^\/([^/]+)(.*)$/.exec(path) ?? []
    const spellings = [
      path, `${path}/`, `/${path}`, `//${path}`, `/.${path}`, `/x/..${path}`, `/%2e${path}`,
      `/%2f${first}${rest}`, `/${first}${rest.replace('/', '//')}`, `/${first}${rest.replaceAll('/', '%2f')}`,
      `/${encodeFirst(first)}${rest}`, `/${first.toUpperCase()}${rest}`, `${path};a=b`, `/${first};a=b${rest}`,
      `${path}%00`, `${path}%20`, `${path}?limit=1`, `${path}#a`, `${path}.json`, `http://evil.example${path}`
    ]
    for (const spelling of spellings) {
      for (const method of METHODS) {
        const { statusCode, body } = await app.inject({
          method, url: spelling, ...(method !== 'GET' && { payload: '{}', headers: { 'content-type': 'application/json' } })
        })
        if (![400, 401, 404, 405].includes(statusCode)) t.fail(`${method} ${spelling} is answered ${statusCode} ${body}`)
      }
    }
    // Nothing above waits for anything: the service would find itself overloaded.
    await nextTurn()
    const answers = await Promise.all(METHODS.map(async (method) => (await app.inject({ method, url: path })).statusCode))
    t.ok(answers.includes(401) && answers.every((status) => [401, 404, 405].includes(status)), `${path} is guarded`)
  }
})

eachDatabase(t, 'TF10, RS18, PW19, LG1, LG2, LG3, LG4, LG5: what users do is logged with reasons, without secrets or session ids', async (
  t, database
) => {
  const lines: string[] = []
  const { app } = await createService(t, database, {
    settings: { FEED_TOKEN },
    log: { level: 'trace', stream: { write: (line) => { lines.push(line) } } }
  })
  const [ada, bob] = ['ada@example.com', 'bob@example.com']
  await createUser(database, ada, 'admin')
  await createUser(database, bob)
  const begun = await logIn(app, ada)
  const refreshed = (await app.inject({ method: 'POST', url: '/auth/refresh', body: { refresh_token: begun.refreshToken } })).json()
  const ofBob = await logIn(app, bob)
  const cookie = await app.inject({
    method: 'POST',
    url: '/auth/login',
    headers: { origin: 'https://auth.example.com' },
    body: { email: bob, password: PASSWORD, delivery: 'cookie' }
  })
  const [cookieHeader = ''] = String(cookie.headers['set-cookie']).split(';')
  const as = (token: string) => ({ authorization: `Bearer ${token}` })
  const [wrong, next, chosen] = ['wrong horse battery staple', 'another horse battery staple', 'a third horse battery staple']
  const forged = `${begun.accessToken.slice(0, -4)}AAAA`

  const table = [
    ['a wrong password', { method: 'POST', url: '/auth/login', body: { email: ada, password: wrong } }, 401, 'invalid_credentials'],
    ['an unknown user',
      { method: 'POST', url: '/auth/login', body: { email: 'eve@example.com', password: wrong } }, 401, 'invalid_credentials'],
    ['a token in the query', { url: `/me?access_token=${begun.accessToken}` }, 401, 'missing_token'],
    ['a forged token', { url: '/me', headers: as(forged) }, 401, 'signature'],
    ['a refresh token for a bearer token', { url: '/me', headers: as(begun.refreshToken) }, 401, 'malformed'],
    ['an access token for a refresh token',
      { method: 'POST', url: '/auth/refresh', body: { refresh_token: begun.accessToken } }, 401, 'invalid_refresh_token'],
    ['a right that is not there', { url: '/admin/users', headers: as(ofBob.accessToken) }, 403, 'insufficient_scope'],
    ['a cookie from another site', {
      method: 'POST', url: '/auth/refresh', headers: { cookie: cookieHeader, origin: 'https://evil.example' }, body: {}
    }, 403, 'cross_site'],
    ['two credentials', {
      method: 'POST',
      url: '/auth/refresh',
      headers: { cookie: cookieHeader, origin: 'https://auth.example.com' },
      body: { refresh_token: ofBob.refreshToken }
    }, 400, 'invalid_request'],
    ['a wrong current password', {
      method: 'PUT', url: '/account/password', headers: as(ofBob.accessToken), body: { current_password: wrong, new_password: next }
    }, 403, 'wrong_password'],
    ['a change of the password', {
      method: 'PUT', url: '/account/password', headers: as(ofBob.accessToken), body: { current_password: PASSWORD, new_password: next }
    }, 204, undefined],
    ['a user made by an admin', {
      method: 'POST',
      url: '/admin/users',
      headers: as(refreshed.access_token),
      body: { email: 'cyd@example.com', password: chosen, role: 'user' }
    }, 201, undefined],
    ['the feed', { url: '/revocations', headers: { ...as(FEED_TOKEN), accept: 'application/json' } }, 200, undefined],
    ['the feed with a wrong token', { url: '/revocations', headers: as(`${FEED_TOKEN}a`) }, 401, 'invalid_token'],
    ['the end of a session',
      { method: 'DELETE', url: `/admin/sessions/${ofBob.sessionId}`, headers: as(refreshed.access_token) }, 204, undefined],
    ['a token of a session that has ended', { url: '/me', headers: as(ofBob.accessToken) }, 401, undefined],
    ['a logout', { method: 'POST', url: '/auth/logout', body: { refresh_token: refreshed.refresh_token } }, 204, undefined]
  ] as const
  for (const [name, request, status, reason] of table) {
    const from = lines.length
    const reply = await app.inject(request)
    t.equal(reply.statusCode, status, `${name}: ${reply.body}`)
    const written = lines.slice(from).map((line) => JSON.parse(line))
    t.equal(written.filter(({ msg, res }) => msg === 'request completed' && res.status === status).length, 1, `${name} is one line`)
    if (reason !== undefined) {
      t.ok(written.some((entry) => entry.code === reason || entry.reason === reason), `${name}: the reason is ${reason}`)
    }
  }

  const log = lines.join('')
  const tokens = [
    begun.accessToken, begun.refreshToken, refreshed.access_token, refreshed.refresh_token,
    ofBob.accessToken, ofBob.refreshToken, forged, cookie.json().access_token
  ]
  const secrets = [
    PASSWORD, wrong, next, chosen, FEED_TOKEN, cookieHeader.split('=')[1],
    ...tokens, ...tokens.map((token: string) => token.split('.').at(-1)), SECRET_KEYS
  ]
  for (const [index, secret] of secrets.entries()) {
    t.notOk(log.includes(String(secret)), `secret ${index}: ${lines.find((line) => line.includes(String(secret)))}`)
  }
  for (const session of [begun.sessionId, ofBob.sessionId, cookie.json().session_id]) {
    t.notOk(log.includes(session), `session: ${lines.find((line) => line.includes(session))}`)
  }
  const entries = lines.map((line) => JSON.parse(line))
  const whoAndWhere = {
    user: /^[\da-f-]{36}$/, session: /^[\da-f]{16}$/, time: Number, trace_id: String, reqId: String, req: { ip: '127.0.0.1' }
  }
  t.match(entries.find(({ req, res }) => req?.path === '/admin/users' && res?.status === 201), whoAndWhere, 'who it was is told')
  t.match(
    entries.find(({ res }) => res?.status === 403),
    { ...whoAndWhere, user: decodeJwt(ofBob.accessToken).sub },
    'and of one who may not, too'
  )
  for (const token of [begun.accessToken, refreshed.access_token, ofBob.accessToken, cookie.json().access_token]) {
    const { sub: user, jti } = decodeJwt(token)
    t.match(
      entries.filter((entry) => entry.jti === jti),
      [{ ...whoAndWhere, user, msg: 'request completed' }],
      'and to whom a token was given'
    )
  }
})

eachDatabase(t, 'the dependencies are sources of metrics', async (t, database) => {
  const dependencies = await openWithDatabase(loadConfig({ SECRET_KEYS }), database, createLog({ level: 'silent' }))
  const sources = {
    hashing: dependencies.hasher.load,
    database: database.load,
    revocations: dependencies.revocations,
    feed: createFeedCounters(),
    keyring: dependencies.keyring
  } satisfies MetricsSources
  const app = Fastify()
  t.teardown(async () => {
    await app.close()
    await closeExceptDatabase(dependencies)
  })
  const port = await freePort()
  await app.register(metrics, { host: '127.0.0.1', port, sources })
  await app.ready()
  const samples = parseSamples(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text())
  const values = Object.fromEntries(samples.map(({ name, value }) => [name, value]))
  t.equal(values.gatepass_keyring_keys, 2)
  t.equal(values.gatepass_keyring_can_sign, 1)
  t.ok(Number(values.gatepass_keyring_next_rotation_seconds) > 29 * 86_400)
  t.ok(Number(values.gatepass_revocation_age_seconds) < 10)
  t.equal(values.gatepass_hashing_running, 0)
  t.ok(Number(values.gatepass_database_connections) >= 1)
})

function encodeFirst (text: string): string {
  return `%${text.charCodeAt(0).toString(16)}${text.slice(1)}`
}

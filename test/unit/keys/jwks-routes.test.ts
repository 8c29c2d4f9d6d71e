import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { wellKnown } from '../../../src/keys/jwks-routes.ts'
import type { Keyring } from '../../../src/keys/keyring.ts'
import { createBareApp } from '../../support/app.ts'
import { eachDatabase } from '../../support/database.ts'
import { ADMIN, interruptible, openKeyring, getSigningKid } from './keyrings.ts'

const issuer = 'https://auth.example.com'
const JWKS = '/.well-known/jwks.json'

interface Overrides {
  hasFeed?: boolean
  hasDocs?: boolean
  algorithm?: 'ES256' | 'EdDSA'
  rotationSeconds?: number
}

async function createService (
  t: Test, database: Database, { hasFeed = true, hasDocs = true, ...overrides }: Overrides = {}
): Promise<{ app: FastifyInstance, keyring: Keyring }> {
  const keyring = await openKeyring(t, database, overrides)
  const app = await createBareApp(t)
  await app.register(wellKnown, { issuer, keyring, hasFeed, hasDocs })
  return { app, keyring }
}

for (const algorithm of ['ES256', 'EdDSA'] as const) {
  eachDatabase(t, `KY1: the JWKS with ${algorithm} has exactly the public members`, async (t, database) => {
    const { app, keyring } = await createService(t, database, { algorithm })
    const reply = await app.inject(JWKS)
    t.equal(reply.statusCode, 200)
    t.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
    t.equal(reply.headers['cache-control'], 'public, max-age=300')
    t.strictSame(reply.json(), keyring.publishedKeys().jwks)
    const members = { ES256: ['kid', 'alg', 'use', 'kty', 'crv', 'x', 'y'], EdDSA: ['kid', 'alg', 'use', 'kty', 'crv', 'x'] }
    const { keys } = reply.json()
    t.equal(keys.length, 2)
    for (const key of keys) t.strictSame(Object.keys(key), members[algorithm])
    t.ok(keys.some(({ kid }: { kid: string }) => kid === getSigningKid(keyring)))
  })
}

eachDatabase(t, 'KY10: a cached JWKS gets 304 until it changes', async (t, database) => {
  const { app, keyring } = await createService(t, database)
  const ask = (tag: string) => app.inject({ url: JWKS, headers: { 'if-none-match': tag } })
  const { headers: { etag = '' } } = await app.inject(JWKS)
  t.match(etag, /^"[\w-]{22}"$/)
  for (const tag of [String(etag), `W/${String(etag)}`, `"x", ${String(etag)}`, '*']) {
    const reply = await ask(tag)
    t.match(
      { status: reply.statusCode, body: reply.body, headers: reply.headers },
      { status: 304, body: '', headers: { etag, 'cache-control': /^public, max-age=\d+$/ } }, tag
    )
  }
  for (const tag of ['"x"', '', String(etag).slice(1, -1)]) t.equal((await ask(tag)).statusCode, 200, tag)
  await keyring.rotate({}, ADMIN)
  const changed = await ask(String(etag))
  t.equal(changed.statusCode, 200)
  t.not(changed.headers.etag, etag)
  t.equal(changed.json().keys.length, 3)
})

eachDatabase(t, 'a short rotation interval shortens max-age of the JWKS', async (t, database) => {
  const { app } = await createService(t, database, { rotationSeconds: 60 })
  t.match((await app.inject(JWKS)).headers['cache-control'], /^public, max-age=1[45]$/)
})

eachDatabase(t, 'KY10: the JWKS comes from memory, also during an outage of the database', async (t, database) => {
  const { database: line, interrupt } = interruptible(database)
  const { app, keyring } = await createService(t, line)
  interrupt(true)
  for (let turn = 0; turn < 3; turn++) t.strictSame((await app.inject(JWKS)).json(), keyring.publishedKeys().jwks)
  interrupt(false)
})

eachDatabase(t, 'KY13: the metadata names the addresses of the keys and the feed, and nothing else', async (t, database) => {
  const { app } = await createService(t, database)
  const expected = {
    issuer,
    jwks_uri: `${issuer}${JWKS}`,
    response_types_supported: [],
    grant_types_supported: [],
    acr_values_supported: ['aal1'],
    service_documentation: `${issuer}/docs`,
    revocation_feed_endpoint: `${issuer}/revocations`
  }
  const table: Array<[url: string, added: object]> = [
    ['/.well-known/oauth-authorization-server', {}],
    ['/.well-known/openid-configuration', { id_token_signing_alg_values_supported: ['ES256'] }]
  ]
  for (const [url, added] of table) {
    const reply = await app.inject(url)
    t.equal(reply.statusCode, 200)
    t.strictSame(reply.json(), { ...expected, ...added })
    t.equal(reply.headers['cache-control'], 'public, max-age=300')
  }
})

eachDatabase(t, 'the discovery document names both algorithms while SIGNING_ALGORITHM changes', async (t, database) => {
  await openKeyring(t, database, { algorithm: 'EdDSA' })
  const { app, keyring } = await createService(t, database, { algorithm: 'ES256' })
  const { id_token_signing_alg_values_supported: algorithms } = (await app.inject('/.well-known/openid-configuration')).json()
  t.strictSame(new Set(algorithms), new Set(keyring.publishedKeys().jwks.keys.map(({ alg }) => alg)))
  t.equal(algorithms.length, 2)
})

eachDatabase(t, 'without a feed and documentation the metadata names none', async (t, database) => {
  const { app } = await createService(t, database, { hasFeed: false, hasDocs: false })
  t.strictSame(
    (await app.inject('/.well-known/oauth-authorization-server')).json(),
    {
      issuer, jwks_uri: `${issuer}${JWKS}`, response_types_supported: [], grant_types_supported: [], acr_values_supported: ['aal1']
    }
  )
})

eachDatabase(t, 'the routes are read-only', async (t, database) => {
  const { app } = await createService(t, database)
  const head = await app.inject({ method: 'HEAD', url: JWKS })
  t.match({ status: head.statusCode, body: head.body }, { status: 200, body: '' })
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
    t.equal(
      (await app.inject({ method, url: JWKS })).statusCode, 404, method
    )
  }
})

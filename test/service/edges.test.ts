// Two instances of the issuer on real Postgres behind one address, and edges in processes of their own.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import type { Database } from '../../src/database/index.ts'
import { ask, logIn, refresh, parseTokens, type SessionTokens } from '../support/client.ts'
import { onPostgres } from '../support/database.ts'
import { startExample, type Example } from '../support/example.ts'
import { freePort } from '../../scripts/free-port.js'
import { postgresSettings, startService, type Service } from '../support/process.ts'
import { startProxy, type Proxy } from '../support/proxy.ts'
import { createUser } from '../support/users.ts'
import { PASSWORD } from '../support/password.ts'
import { until } from '../support/until.ts'

const ADVERTISER = 'ada@example.com'

interface System {
  proxy: Proxy
  issuers: [Service, Service]
  edges: Example[]
  startEdge (name: string): Promise<Example>
  snapshotOf (name: string): string
}

async function createSystem (t: Test, url: string): Promise<System> {
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  const proxy = await startProxy(t)
  const ports = [await freePort(), await freePort()] as const
  const settings = { ...postgresSettings(url), FEED_TOKEN, ISSUER: proxy.address }
  proxy.targets = [...ports]
  const issuers = await Promise.all(ports.map((port) => startService(t, { ...settings, PORT: String(port) }))) as [Service, Service]
  const directory = t.testdir()
  const snapshotOf = (name: string) => `${directory}/${name}.json`
  const startEdge = (name: string) => startExample(t, 'two-services/ads.js', {
    ISSUER: proxy.address, FEED_TOKEN, SNAPSHOT_FILE: snapshotOf(name)
  })
  return { proxy, issuers, edges: await Promise.all([startEdge('one'), startEdge('two')]), startEdge, snapshotOf }
}

const statusAt = async ({ address }: Example, { accessToken }: SessionTokens) =>
  (await ask(`${address}/reports`, { token: accessToken })).status

async function assertRefused (t: Test, edges: readonly Example[], session: SessionTokens, name: string, withinMs = 5000): Promise<void> {
  for (const edge of edges) {
    await until(async () => await statusAt(edge, session) === 401, withinMs)
    t.match(await ask(`${edge.address}/reports`, { token: session.accessToken }), { status: 401, body: { code: 'invalid_token' } }, name)
  }
}

/** The session with the access token of a step-up. */
async function stepUp ({ address }: Service, session: SessionTokens): Promise<SessionTokens> {
  const { body } = await ask(`${address}/auth/step-up`, { method: 'POST', token: session.accessToken, body: { password: PASSWORD } })
  return { ...session, accessToken: String(body.access_token) }
}

const age = (database: Database) => sql`update sessions set rotated_at = rotated_at - interval '200 seconds'`.execute(database.kysely)

onPostgres(t, 'VF24, RS10: ending a session, and changing a role or claims, takes effect at every edge', async (t, database, url) => {
  t.setTimeout(600_000)
  const { issuers: [one, two], edges } = await createSystem(t, url)
  await createUser(database, 'root@example.com', 'admin')
  const id = await createUser(database, ADVERTISER, 'advertiser')
  await createUser(database, 'bob@example.com', 'advertiser')
  let root = await logIn(one.address, 'root@example.com', PASSWORD)
  const asRoot = (method: string, path: string, body?: object) => ask(`${two.address}${path}`, { method, token: root.accessToken, body })
  const table: Array<[name: string, work: (session: SessionTokens) => Promise<unknown>]> = [
    ['all of one\'s own', ({ accessToken }) => ask(`${one.address}/account/sessions`, { method: 'DELETE', token: accessToken })],
    ['a logout', ({ refreshToken }) => ask(`${two.address}/auth/logout`, { method: 'POST', body: { refresh_token: refreshToken } })],
    ['one, by an admin', ({ sessionId }) => asRoot('DELETE', `/admin/sessions/${sessionId}`)],
    ['a user\'s, by an admin', () => asRoot('DELETE', `/admin/users/${id}/sessions`)],
    ['a theft', async ({ refreshToken }) => {
      await age(database)
      const next = parseTokens(await refresh(one.address, refreshToken))
      await age(database)
      parseTokens(await refresh(two.address, next.refreshToken))
      await age(database)
      t.equal((await refresh(one.address, refreshToken)).status, 401)
    }],
    ['a new role', () => asRoot('PATCH', `/admin/users/${id}`, { role: 'admin' })],
    ['new claims', () => asRoot('PATCH', `/admin/users/${id}`, { claims: { org: 'acme' } })],
    ['disabling', () => asRoot('PATCH', `/admin/users/${id}`, { disabled: true })]
  ]
  const bystander = await logIn(one.address, 'bob@example.com', PASSWORD)
  for (const [name, work] of table) {
    const session = await logIn(one.address, ADVERTISER, PASSWORD)
    const steppedUp = await stepUp(two, session)
    for (const edge of edges) t.strictSame([await statusAt(edge, session), await statusAt(edge, steppedUp)], [200, 200], name)
    await work(session)
    await assertRefused(t, edges, session, name)
    await assertRefused(t, edges, steppedUp, `${name}, and the token of a step-up`)
    for (const edge of edges) t.equal(await statusAt(edge, bystander), 200, 'others are unaffected')
  }
  t.match(await asRoot('DELETE', '/admin/sessions'), { status: 204 })
  await assertRefused(t, edges, bystander, 'everybody\'s')
  await assertRefused(t, edges, root, 'everybody\'s')
  root = await logIn(one.address, 'root@example.com', PASSWORD)
  for (const edge of edges) t.equal(await statusAt(edge, root), 200, 'a later token is accepted at once')
})

onPostgres(t, 'RS19: a new role, and new claims, come with the next refresh, and nobody is logged out', async (t, database, url) => {
  const { issuers: [one, two], edges } = await createSystem(t, url)
  await createUser(database, 'root@example.com', 'admin')
  const id = await createUser(database, ADVERTISER, 'user')
  const root = await logIn(one.address, 'root@example.com', PASSWORD)
  const before = await logIn(one.address, ADVERTISER, PASSWORD)
  for (const edge of edges) t.equal(await statusAt(edge, before), 403)
  await ask(`${two.address}/admin/users/${id}`, { method: 'PATCH', token: root.accessToken, body: { role: 'advertiser' } })
  await assertRefused(t, edges, before, 'the token with the old role')
  const after = parseTokens(await refresh(one.address, before.refreshToken))
  t.equal(after.sessionId, before.sessionId)
  for (const edge of edges) t.equal(await statusAt(edge, after), 200, 'in the second of the change, too')

  const claims = { org: 'acme', seats: 4 }
  await ask(`${one.address}/admin/users/${id}`, { method: 'PATCH', token: root.accessToken, body: { claims } })
  await assertRefused(t, edges, after, 'the token without the new claims')
  const last = parseTokens(await refresh(two.address, after.refreshToken))
  t.strictSame([last.sessionId, last.claims.ext], [before.sessionId, claims])
  for (const edge of edges) t.equal(await statusAt(edge, last), 200)
})

onPostgres(t, 'F22: after a network failure, a killed issuer and a killed edge, no revoked token is accepted again', async (
  t, database, url
) => {
  t.setTimeout(600_000)
  const { proxy, issuers: [one, two], edges: [edge], startEdge, snapshotOf } = await createSystem(t, url)
  if (edge === undefined) throw new Error('no edge')
  await createUser(database, ADVERTISER, 'advertiser')
  const end = ({ refreshToken }: SessionTokens) => ask(`${two.address}/auth/logout`, {
    method: 'POST', body: { refresh_token: refreshToken }
  })
  const known = await logIn(two.address, ADVERTISER, PASSWORD)
  await end(known)
  await assertRefused(t, [edge], known, 'while all is well')

  const missed = await logIn(two.address, ADVERTISER, PASSWORD)
  t.equal(await statusAt(edge, missed), 200)
  proxy.disconnect()
  await end(missed)
  await new Promise((resolve) => setTimeout(resolve, 10_000))
  t.equal(await statusAt(edge, missed), 200, 'an edge without a connection cannot know')
  t.equal(await statusAt(edge, known), 401, 'and keeps what it knows')
  proxy.restore()
  // The edge reconnects after its backoff, which has jitter.
  await assertRefused(t, [edge], missed, 'revoked meanwhile', 20_000)

  await one.stop('SIGKILL')
  const last = await logIn(two.address, ADVERTISER, PASSWORD)
  t.equal(await statusAt(edge, last), 200)
  await end(last)
  await assertRefused(t, [edge], last, 'from the other instance', 20_000)

  await until(async () => (await readFile(snapshotOf('one'), 'utf8')).includes(last.sessionId))
  await edge.kill()
  proxy.disconnect()
  const again = await startEdge('one')
  for (const session of [known, missed, last]) t.equal(await statusAt(again, session), 401, 'from its snapshot, without an issuer')
})

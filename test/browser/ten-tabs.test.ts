// Ten tabs on a network that loses answers: nobody is logged out.
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { findPostgres } from '../../scripts/postgres.js'
import type { Database } from '../../src/database/index.ts'
import { eachDatabase, onPostgres } from '../support/database.ts'
import { freePort } from '../../scripts/free-port.js'
import { createService } from '../support/service.ts'
import { createUser } from '../support/users.ts'
import { launch, openContext, withoutBrowser } from './chromium.ts'
import { startLossyProxy } from './lossy-proxy.ts'
import { askForTip, EMAIL, isLoggedIn, logIn, startPage } from './spa.ts'

t.setTimeout(600_000)

const TABS = 10
const LOSS = 0.3
/** Time runs so much faster for the service, whose sessions are moved back, and for the tabs, who are told of shorter lives. */
const HASTE = 4
const REAL_MS = 30_000
const BEAT_MS = 250
/** Between two reloads, at most: without a pause, Chromium would keep all processors busy, and see no more. */
const PAUSE_MS = 700

const work = async (t: Test, database: Database) => {
  const ports = { proxy: await freePort(), page: await freePort() }
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  const ISSUER = `http://localhost:${ports.proxy}`
  const { app } = await createService(t, database, {
    settings: { ISSUER, FEED_TOKEN, CORS_ORIGINS: `http://localhost:${ports.page}`, ACCESS_TOKEN_TTL: '150', REFRESH_GRACE: '30' }
  })
  await createUser(database, EMAIL)
  await app.listen({ port: 0, host: 'localhost' })
  const { port: target } = app.server.address() as { port: number }
  const proxy = await startLossyProxy(t, { port: ports.proxy, target })
  proxy.dress = (body) => body.replace(/"expires_in":(\d+)/, (_match, seconds) => `"expires_in":${Math.floor(Number(seconds) / HASTE)}`)
  const address = await startPage(t, { PORT: String(ports.page), ISSUER, FEED_TOKEN })
  const { context } = await openContext(t, await launch(t))
  const tabs = await Promise.all(Array.from({ length: TABS }, () => context.newPage()))
  const [first] = tabs as [Page]
  await Promise.all(tabs.map((tab) => tab.goto(address)))
  await logIn(first)
  for (const tab of tabs) await isLoggedIn(tab)
  const session = await first.locator('#session-id').innerText()
  proxy.refreshes.clear()

  proxy.loses = () => Math.random() < LOSS
  let reloads = 0
  const end = performance.now() + REAL_MS
  const haste = setInterval(() => { age(database, BEAT_MS * (HASTE - 1)).catch((error) => t.fail(String(error))) }, BEAT_MS)
  while (performance.now() < end) {
    const tab = tabs[Math.floor(Math.random() * TABS)]
    // Now and then it is closed before it has asked for anything.
    await tab?.reload({ waitUntil: Math.random() < 0.3 ? 'commit' : 'load' })
    reloads++
    await new Promise((resolve) => setTimeout(resolve, Math.random() * PAUSE_MS))
  }
  clearInterval(haste)
  proxy.loses = () => false

  for (const tab of tabs) {
    await isLoggedIn(tab)
    t.equal(await tab.locator('#session-id').innerText(), session)
    t.match(await askForTip(tab), /user/)
  }
  const answers = Object.fromEntries(proxy.refreshes)
  const { count } = proxy
  t.comment(`${reloads} reloads, refreshes by status: ${JSON.stringify(answers)}, ${count.lost} of ${count.answers} answers lost, ` +
    `${count.lostRefreshes} of them to refreshes`)
  t.ok((answers[200] ?? 0) >= 10, 'there was something to lose')
  t.ok(count.lostRefreshes >= 3)
  t.strictSame(Object.keys(answers).filter((status) => !['200', '503'].includes(status)), [], 'nobody was refused')
  t.match(await database.kysely.selectFrom('sessions').select(['id', 'ended_at']).execute(), [{ id: session, ended_at: null }])
  const { current_generation: current } = await database.kysely.selectFrom('sessions').select('current_generation')
    .executeTakeFirstOrThrow()
  t.ok(Number(current) >= 3, `it has moved on to generation ${current}`)
}

// Once is long enough: on a server where there is one.
const onOne = findPostgres() === undefined ? eachDatabase : onPostgres
if (withoutBrowser === false) onOne(t, 'ten tabs reload at random while three in ten answers are lost, and none is logged out', work)
else t.test('ten tabs reload at random while three in ten answers are lost', { skip: withoutBrowser }, () => {})

/** As if so many milliseconds more had gone by since the session moved. */
async function age (database: Database, ms: number): Promise<void> {
  await sql`update sessions set rotated_at = rotated_at - make_interval(secs => ${ms / 1000})`.execute(database.kysely)
}

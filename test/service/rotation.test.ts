// Key rotation under load, with several instances and an edge in a separate process.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import type { Database } from '../../src/database/index.ts'
import { ask, logIn, refresh, parseTokens, type SessionTokens } from '../support/client.ts'
import { onPostgres } from '../support/database.ts'
import { startExample } from '../support/example.ts'
import { freePort } from '../../scripts/free-port.js'
import { postgresSettings, startService, type Service } from '../support/process.ts'
import { startProxy } from '../support/proxy.ts'
import { createUser } from '../support/users.ts'
import { PASSWORD } from '../support/password.ts'
import { until } from '../support/until.ts'

const ROTATING = fileURLToPath(new URL('../support/rotating.js', import.meta.url))
const ROTATION_SECONDS = 2
const ROTATIONS = 20
const CLIENTS = 4
/** Between the requests of a client: in a run of all tests, others have the processor, too. */
const PAUSE_MS = 250

interface System {
  instances: Service[]
  edge: { address: string }
  /** Addresses of the processes that have not been killed. */
  alive: Set<string>
  start (port: string, settings: Record<string, string>): Promise<Service>
}

/** @param count instances: with two, every mixture of an old and a new one is there */
async function createSystem (t: Test, url: string, count: number, settings: Record<string, string> = {}): Promise<System> {
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  const proxy = await startProxy(t)
  const ports = await Promise.all(Array.from({ length: count }, () => freePort()))
  proxy.targets = ports
  const all = { ...postgresSettings(url), FEED_TOKEN, ISSUER: proxy.address, ROTATION_SECONDS: String(ROTATION_SECONDS), ...settings }
  const start = (port: string, changes: Record<string, string>) => startService(t, { ...all, ...changes, PORT: port }, { script: ROTATING })
  const instances = await Promise.all(ports.map((port) => start(String(port), {})))
  const edge = await startExample(t, 'two-services/ads.js', { ISSUER: proxy.address, FEED_TOKEN })
  return { instances, edge, start, alive: new Set([edge.address, ...instances.map(({ address }) => address)]) }
}

/** A client that refreshes at every instance and sends each token to all processes, until it is stopped. */
async function runClient (
  { instances, edge, alive }: System, session: SessionTokens, isOver: () => boolean
): Promise<{ asked: number, bad: unknown[] }> {
  const seen: { asked: number, bad: unknown[] } = { asked: 0, bad: [] }
  let { refreshToken, accessToken } = session
  const note = (address: string, answer: { status: number, body: unknown } | Error) => {
    if (answer instanceof Error && !alive.has(address)) return
    seen.asked++
    if (answer instanceof Error || answer.status !== 200) {
      seen.bad.push([
        address === edge.address ? 'edge' : 'instance', answer instanceof Error ? answer.message : [answer.status, answer.body]
      ])
    }
  }
  while (!isOver()) {
    for (const { address } of instances) {
      if (isOver() || !alive.has(address)) continue
      const answer = await refresh(address, refreshToken).catch((error: Error) => error)
      note(address, answer)
      if (!(answer instanceof Error) && answer.status === 200) ({ refreshToken, accessToken } = parseTokens(answer))
      await Promise.all([...alive].map(async (verifier) => {
        const path = verifier === edge.address ? '/reports' : '/me'
        note(verifier, await ask(`${verifier}${path}`, { token: accessToken }).catch((error: Error) => error))
      }))
      await sleep(PAUSE_MS)
    }
  }
  return seen
}

async function readKeys (database: Database): Promise<Array<{ kid: string, algorithm: string, signsFrom: number }>> {
  const { rows } = await sql<{ kid: string, algorithm: string, signs: number }>`
    select kid, algorithm, extract(epoch from signs_from)::float8 as signs
    from signing_keys where signs_from <= now() order by signs_from`.execute(database.kysely)
  return rows.map(({ kid, algorithm, signs }) => ({ kid, algorithm, signsFrom: signs }))
}

onPostgres(t, 'KY5, KY6, F10: twenty rotations under load reject no token, though one instance is killed', async (t, database, url) => {
  t.setTimeout(600_000)
  const system = await createSystem(t, url, 3)
  let isOver = false
  const clients = await Promise.all(Array.from({ length: CLIENTS }, async (_, index) => {
    await createUser(database, `ada${index}@example.com`, 'advertiser')
    return logIn(system.instances[index % 3]?.address ?? '', `ada${index}@example.com`, PASSWORD)
  }))
  const running = clients.map((session) => runClient(system, session, () => isOver))
  const begun = (await readKeys(database)).length
  await until(async () => (await readKeys(database)).length >= begun + ROTATIONS / 2, 120_000)
  const [victim] = system.instances
  system.alive.delete(victim?.address ?? '')
  await victim?.stop('SIGKILL')
  await until(async () => (await readKeys(database)).length >= begun + ROTATIONS, 120_000)
  isOver = true
  const seen = await Promise.all(running)
  const asked = seen.reduce((sum, { asked }) => sum + asked, 0)
  t.comment(`${asked} requests over ${ROTATIONS} rotations`)
  t.ok(asked > 1000)
  t.strictSame(seen.flatMap(({ bad }) => bad), [])
  const keys = await readKeys(database)
  const gaps = keys.slice(1).map(({ signsFrom }, index) => signsFrom - (keys[index]?.signsFrom ?? 0))
  t.strictSame(gaps.filter((gap) => gap < ROTATION_SECONDS * 0.99), [], 'one new key for each period')
})

onPostgres(t, 'KY14: a change from ES256 to EdDSA to RS256 under load rejects no token', async (t, database, url) => {
  t.setTimeout(600_000)
  const system = await createSystem(t, url, 2, { ROTATION_SECONDS: '4' })
  let isOver = false
  await createUser(database, 'ada@example.com', 'advertiser')
  const client = runClient(system, await logIn(system.instances[0]?.address ?? '', 'ada@example.com', PASSWORD), () => isOver)
  for (const SIGNING_ALGORITHM of ['EdDSA', 'RS256']) {
    for (const [index, { address, stop }] of system.instances.entries()) {
      system.alive.delete(address)
      await stop()
      system.instances[index] = await system.start(new URL(address).port, { SIGNING_ALGORITHM })
      system.alive.add(address)
    }
    await until(async () => (await readKeys(database)).at(-1)?.algorithm === SIGNING_ALGORITHM, 60_000)
  }
  // Long enough for every instance to sign with the last key.
  await new Promise((resolve) => setTimeout(resolve, 1000))
  isOver = true
  const { asked, bad } = await client
  t.comment(`${asked} requests over two changes of the algorithm`)
  t.strictSame(bad, [])
  t.strictSame([...new Set((await readKeys(database)).map(({ algorithm }) => algorithm))], ['ES256', 'EdDSA', 'RS256'])
})

onPostgres(t, 'KY7, F11: a compromised key is rejected everywhere at once, and no token of its successor is', async (t, database, url) => {
  t.setTimeout(600_000)
  const system = await createSystem(t, url, 2, { ROTATION_SECONDS: '3600' })
  const { instances: [one, two], edge } = system
  await createUser(database, 'root@example.com', 'admin')
  await createUser(database, 'ada@example.com', 'advertiser')
  const addresses = [...system.alive]
  const fetchStatus = async (address: string, accessToken: string) => (await ask(
    `${address}${address === edge.address ? '/reports' : '/me'}`, { token: accessToken }
  )).status
  for (const compromised of ['current', 'all', 'current']) {
    const root = await logIn(one?.address ?? '', 'root@example.com', PASSWORD)
    const stolen = await logIn(two?.address ?? '', 'ada@example.com', PASSWORD)
    for (const address of addresses) t.equal(await fetchStatus(address, stolen.accessToken), 200)
    const kid = JSON.parse(Buffer.from(stolen.accessToken.split('.')[0] ?? '', 'base64url').toString()).kid
    const rotated = await ask(
      `${one?.address}/admin/keys/rotate`,
      { method: 'POST', token: root.accessToken, body: { compromised: compromised === 'all' ? 'all' : kid } }
    )
    t.match(rotated, { status: 200 })
    const next = parseTokens(await refresh(two?.address ?? '', stolen.refreshToken))
    for (const address of addresses) {
      t.equal(await fetchStatus(address, next.accessToken), 200, 'never rejected')
      await until(async () => await fetchStatus(address, stolen.accessToken) === 401, 5000)
    }
    const jwks = await ask(`${two?.address}/.well-known/jwks.json`)
    t.notMatch(JSON.stringify(jwks.body), kid)
  }
})

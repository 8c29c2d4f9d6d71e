import t, { type Test } from 'tap'
import { randomUUID } from 'node:crypto'
import { findPostgres, startPostgres } from '../../../scripts/postgres.js'
import { createDatabase, migrateUp, transact, type Database } from '../../../src/database/index.ts'
import { publishNotBefore } from '../../../src/revocations/publish.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { until } from '../../support/until.ts'
import { follow, serveFeed } from './feed-service.ts'
import { createRecordingLog, withoutNotifications, revoke, subscribe } from '../revocations/synced-instance.ts'
import { isInTime } from '../../support/patience.ts'

const QUICK = { intervalMs: 50, staleAfterMs: 10_000 }

/** An instance with a pool of its own, as in a process of its own. */
async function startInstance (t: Test, url: string, disguise = (database: Database) => database, options = QUICK) {
  const database = await createDatabase({ url, poolSize: 3, dataDir: undefined, log: createRecordingLog() })
  t.teardown(() => database.close())
  const revocations = await subscribe(t, disguise(database), options)
  return { ...await serveFeed(t, { revocations, heartbeatMs: 50 }), revocations }
}

eachDatabase(t, 'AZ10: what a transaction revokes is published to subscribers once it is committed', async (t, database) => {
  const revocations = await subscribe(t, database)
  const { port } = await serveFeed(t, { revocations })
  const stream = await follow(t, port)
  await stream.upTo(1)
  await t.rejects(transact(database, async (trx) => {
    await publishNotBefore(trx, { before: 1_800_000_000 })
    throw new Error('undone')
  }), /undone/)
  const [sid] = await revoke(database)
  const [snapshot, revoked, ...more] = await stream.upTo(2)
  t.match(snapshot, { data: { revoked: [], refresh_required: [], as_of: /Z$/ } })
  t.match(revoked, { event: 'revoked', data: { sid } })
  t.strictSame(more, [])
})

onPostgres(t, 'every instance publishes every revocation, with and without notifications', async (t, database, url) => {
  const instances = await Promise.all([startInstance(t, url), startInstance(t, url), startInstance(t, url, withoutNotifications)])
  t.strictSame(instances.map(({ revocations }) => revocations.notify), ['ok', 'ok', 'degraded'])
  const streams = await Promise.all(instances.map(({ port }) => follow(t, port)))
  const ids = Array.from({ length: 1_000 }, () => randomUUID())
  const startedAt = performance.now()
  await revoke(database, ids)
  await until(() => streams.every((stream) => stream.sids().size === ids.length))
  t.ok(streams.every((stream) => ids.every((sid, index, { length }) => index < length - 1 || stream.sids().has(sid))))
  t.comment(`1,000 sessions after ${Math.round(performance.now() - startedAt)} ms`)
  const everybody = { before: 1_800_000_000 }
  await transact(database, (trx) => publishNotBefore(trx, everybody))
  await until(() => streams.every(({ events }) => events.some(({ event, data }) => event === 'refresh_required' &&
    data.before === everybody.before && data.sub === undefined)))

  const [first, second] = streams
  first?.hangUp()
  await revoke(database, [ids[0] ?? ''], 600)
  const moved = await follow(t, instances[1]?.port ?? 0, { lastEventId: first?.lastId() ?? '' })
  await until(() => moved.sids().size === 1_000)
  t.equal(moved.events[0]?.event, 'snapshot', 'a stream on another instance begins again')
  t.ok((second?.events.length ?? 0) >= 1_002)
})

onPostgres(t, 'VF24: a revocation is published within milliseconds', async (t, database, url) => {
  // Polled so seldom that only notifications can be within the bound.
  const { port } = await startInstance(t, url, undefined, { intervalMs: 5_000, staleAfterMs: 60_000 })
  const stream = await follow(t, port)
  await stream.upTo(1)
  const lags: number[] = []
  for (let count = 0; count < 100; count++) {
    const receivedAt = new Promise<number>((resolve) => stream.response.once('data', () => resolve(performance.now())))
    await revoke(database)
    const committedAt = performance.now()
    await stream.upTo(count + 2)
    lags.push(await receivedAt - committedAt)
  }
  lags.sort((a, b) => a - b)
  t.comment(`median ${lags[50]?.toFixed(1)} ms, 99th of 100 ${lags[98]?.toFixed(1)} ms`)
  t.ok(isInTime(lags[50] ?? Infinity, 50))
})

t.test('an instance that has lost its database does not look fresh', {
  skip: findPostgres() === undefined && 'there is no Postgres server on this machine'
}, async (t) => {
  const server = await startPostgres()
  t.teardown(() => server.remove())
  const setup = await createDatabase({ url: server.databaseUrl(), poolSize: 1, dataDir: undefined, log: createRecordingLog() })
  await migrateUp(setup)
  await setup.close()
  const { port } = await startInstance(t, server.databaseUrl())
  const stream = await follow(t, port)
  await until(() => stream.heartbeats.length > 3)
  const stoppingAt = Date.now()
  await server.stop('immediate')
  const stoppedAt = Date.now()
  await until(() => stream.isEnded())
  const asOf = stream.heartbeats.map(({ data }) => Date.parse(String(data.as_of)))
  t.ok(asOf.every((time) => time < stoppedAt), 'no heartbeat is newer than the database')
  t.ok(Math.max(...asOf) > stoppingAt - 1_000, 'and they were fresh before')
  t.equal((await follow(t, port)).status, 503)
  await server.start()
  await until(async () => (await follow(t, port)).status === 200)
})

// Connections that end while they begin: after each message of the server, up to the response of the first statement.
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { findPostgres, startPostgres } from '../../../scripts/postgres.js'
import { createDatabase, isDatabaseUnavailable, transact, type Database } from '../../../src/database/index.ts'
import { SILENT } from '../../support/silent-log.ts'

const options = { skip: findPostgres() === undefined && 'there is no Postgres server on this machine' }

/** More than any of `WORK` needs. */
const MESSAGES = 50

const WORK: Record<string, (database: Database) => Promise<unknown>> = {
  query: ({ kysely, reserved }) => Promise.all([kysely, kysely, reserved].map((db) => sql`select 1`.execute(db))),
  transaction: (database) => transact(database, async (trx) => { await sql`select 1`.execute(trx) }),
  'long work': (database) => database.withoutDeadlines((db) => sql`select 1`.execute(db)),
  listen: async (database) => { for (const channel of ['news', 'olds']) await database.listen(channel, () => {}) }
}

t.test('F1: a connection that ends after any message of its start takes nobody with it', options, async (t) => {
  t.setTimeout(600_000)
  const proxy = await startLimitedProxy(t)
  // An error that nobody listens for, or a rejection that nobody handles, would end this process.
  for (const [name, work] of Object.entries(WORK)) {
    const outcomes = new Set<string>()
    for (let messages = 0; messages <= MESSAGES; messages++) {
      proxy.messages = messages
      const database = await createDatabase({ url: proxy.url, poolSize: 3, dataDir: undefined, log: SILENT })
      outcomes.add(await work(database).then(() => 'done', toOutcome))
      await database.close()
    }
    // A listener reconnects on its own.
    t.strictSame([...outcomes].sort(), name === 'listen' ? ['done'] : ['done', 'unavailable'], name)
  }
})

function toOutcome (error: unknown): string {
  return isDatabaseUnavailable(error) ? 'unavailable' : String(error)
}

/** A way to a server on which each connection ends after so many messages of the server. */
async function startLimitedProxy (t: Test): Promise<{ url: string, messages: number }> {
  const { directory, remove } = await startPostgres()
  const server = createServer((inbound) => {
    const { messages } = proxy
    const outbound = connect(join(directory, '.s.PGSQL.5432'))
    let received = Buffer.alloc(0)
    let sent = 0
    inbound.on('error', () => {}).once('close', () => outbound.destroy()).pipe(outbound)
    outbound.on('error', () => {}).once('close', () => inbound.end())
    outbound.on('data', (piece) => {
      received = Buffer.concat([received, piece])
      for (let size = messageSize(received); sent < messages && size <= received.length; size = messageSize(received)) {
        inbound.write(received.subarray(0, size))
        received = received.subarray(size)
        sent++
      }
      if (sent >= messages) outbound.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(async () => {
    server.close()
    await remove()
  })
  const { port } = server.address() as AddressInfo
  const proxy = { url: `postgres://postgres@127.0.0.1:${port}/postgres`, messages: 0 }
  return proxy
}

/** A byte for the type, then the length of the rest. */
function messageSize (bytes: Buffer): number {
  return bytes.length < 5 ? Infinity : 1 + bytes.readInt32BE(1)
}

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import t from 'tap'
import { createDatabase, migrateUp, pendingMigrations, transact } from '../../../src/database/index.ts'
import { EMPTY_DATABASE } from '../../../src/database/embedded.ts'
import { DatabaseUnavailableError } from '../../../src/database/failures.ts'
import { DataDirError, lockDirectory } from '../../../src/database/data-directory.ts'
import { SILENT } from '../../support/silent-log.ts'

const open = (dataDir: string) => createDatabase({ url: undefined, poolSize: 1, dataDir, log: SILENT })

t.test('what was written is there when the directory is opened again', async (t) => {
  const dataDir = t.testdir()
  const first = await open(dataDir)
  await migrateUp(first)
  await sql`update global_state set session_epoch = 7`.execute(first.kysely)
  await first.close()
  const second = await open(dataDir)
  t.match(await second.kysely.selectFrom('global_state').select('session_epoch').execute(), [{ session_epoch: 7 }])
  await second.close()
})

t.test('a new one has our tables', { skip: !existsSync(EMPTY_DATABASE) && 'run "npm run build" first' }, async (t) => {
  const database = await open(t.testdir())
  t.strictSame(await pendingMigrations(database), [])
  t.match(await database.kysely.selectFrom('global_state').selectAll().execute(), [{ session_epoch: 0 }])
  await database.close()
})

t.test('a directory that another one has open is refused in one sentence, and nothing is lost', async (t) => {
  const dataDir = t.testdir()
  const first = await open(dataDir)
  await t.rejects(
    open(dataDir), new DataDirError(`Another process has the database in ${dataDir} open: stop it, or set DATA_DIR to another directory.`)
  )
  t.match(await sql`select 1 as one`.execute(first.kysely), { rows: [{ one: 1 }] })
  await first.close()
  const second = await open(dataDir)
  await second.close()
})

t.test('the lock of a process that was killed is none', async (t) => {
  const dataDir = t.testdir()
  const holder = await hold(dataDir)
  await t.rejects(lockDirectory(dataDir), { message: /^Another process has the database/ })
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  const taken = await Promise.allSettled(Array.from({ length: 5 }, () => lockDirectory(dataDir)))
  const held = taken.flatMap((outcome) => outcome.status === 'fulfilled' ? [outcome.value] : [])
  t.equal(held.length, 1, 'of those that find it left behind, one gets it')
  await held[0]?.release()
  await (await lockDirectory(dataDir)).release()
})

t.test('a database that was not finished is made again', async (t) => {
  const dataDir = t.testdir()
  await mkdir(join(dataDir, 'postgres.new'))
  await writeFile(join(dataDir, 'postgres.new', 'PG_VERSION'), 'half')
  const database = await open(dataDir)
  await migrateUp(database)
  await database.close()
})

t.test('a directory that cannot be used is told in one sentence', async (t) => {
  const file = join(t.testdir({ file: '' }), 'file')
  await t.rejects(open(join(file, 'below')), {
    name: 'Error', message: /^The directory .* cannot be used \(ENOTDIR.*\): check DATA_DIR\.$/
  })
})

t.test('a query past the transaction that is open fails, rather than to wait for ever', async (t) => {
  const database = await open(t.testdir())
  const outcome = await transact(database, () => sql`select 1`.execute(database.kysely)).catch((error: unknown) => error)
  t.type(outcome, DatabaseUnavailableError)
  t.match(await sql`select 1 as one`.execute(database.kysely), { rows: [{ one: 1 }] }, 'and the database goes on')
  await database.close()
})

t.test('of those who wait for the one connection, the reserved ones come first', async (t) => {
  const database = await open(t.testdir())
  const order: string[] = []
  const ask = (name: 'kysely' | 'reserved') => sql`select 1`.execute(database[name]).then(() => { order.push(name) })
  const asked: Array<Promise<void>> = []
  await database.kysely.connection().execute(async () => {
    for (const name of ['kysely', 'kysely', 'reserved', 'kysely', 'reserved'] as const) asked.push(ask(name))
    while (database.load.waiting < 5) await new Promise((resolve) => setImmediate(resolve))
  })
  await Promise.all(asked)
  t.strictSame(order, ['reserved', 'reserved', 'kysely', 'kysely', 'kysely'])
  await database.close()
})

/** Another process that listens where the lock is; the name of a socket is short, so from within the directory. */
async function hold (cwd: string): Promise<ChildProcess> {
  const holder = spawn(process.execPath, ['-e', "require('node:net').createServer().listen('lock', () => console.log('held'))"], {
    cwd, stdio: ['ignore', 'pipe', 'inherit']
  })
  await once(holder.stdout ?? holder, 'data')
  return holder
}

import { existsSync, openAsBlob } from 'node:fs'
import { mkdir, rename, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite, types } from '@electric-sql/pglite'
import { PACKAGE_ROOT } from '../package.ts'
import { createKysely, type Client, type Database, type DatabaseLog, type Listening } from './database.ts'
import { DataDirError, lockDirectory, makeTreePrivate } from './data-directory.ts'
import { DatabaseUnavailableError } from './failures.ts'
import { migrateUp } from './migrate.ts'
import { PriorityMutex, type Priority } from './priority-mutex.ts'
import { unpackArchive } from './unpack.ts'

/**
 * A database with our tables, made by the build. To unpack it takes a fraction of a second; to initialize and migrate one takes several,
 * and much memory.
 */
export const EMPTY_DATABASE = fileURLToPath(new URL('dist/empty-database.tar.gz', PACKAGE_ROOT))

/** A longer wait for the one connection is a deadlock: a query inside a transaction that does not go through it. */
const ACQUIRE_TIMEOUT_MS = 5_000

/** A new database takes 40, and grows. */
const REQUIRED_MB = 64

/** As connection.ts has it for `pg`: a bigint is a decimal string, because a number cannot hold all of them, and a date stays text. */
const PARSERS = { [types.INT8]: (text: string) => text, [types.DATE]: (text: string) => text }

/**
 * Opens the embedded database: Postgres in WebAssembly, in this process, with one connection.
 *
 * @param options `dataDir` is locked against other processes, and made inaccessible to other users; undefined: in memory
 * @throws DataDirError if another process has locked it, other users can read it, or it cannot be opened, as on a full disk
 */
export async function openEmbedded ({ dataDir, log }: { dataDir: string | undefined, log?: Pick<DatabaseLog, 'warn'> }): Promise<Database> {
  if (dataDir === undefined) {
    return toDatabase(await PGlite.create('memory://', { parsers: PARSERS, ...await emptyDatabaseOptions() }), async () => {})
  }
  const lock = await lockDirectory(dataDir, log)
  try {
    return toDatabase(await openDirectory(join(dataDir, 'postgres')), lock.release)
  } catch (error) {
    await lock.release()
    throw await toDataDirError(error, dataDir)
  }
}

/** Emscripten throws objects that are not errors, and aborts without a reason. Most often the disk is full. */
async function toDataDirError (error: unknown, dataDir: string): Promise<DataDirError> {
  const reason = error instanceof Error ? error.message.split('\n', 1)[0] : 'a file cannot be written'
  const { bavail, bsize } = await statfs(dataDir)
  const free = Math.floor(bavail * bsize / 1e6)
  const advice = free < REQUIRED_MB
    ? `the disk is full, with ${free} MB left: make room for ${REQUIRED_MB} MB`
    : 'look for limits on the size of files, and for damage to the disk'
  const failure = `The embedded database in ${dataDir} cannot be opened (${reason ?? 'unknown'})`
  return new DataDirError(`${failure}: ${advice}, or set DATABASE_URL to a Postgres server.`, { cause: error })
}

/** Makes the content of `EMPTY_DATABASE`: a gzipped tar archive. */
export async function createEmptyDatabaseArchive (): Promise<Blob> {
  const pglite = await PGlite.create('memory://')
  // The database is small and shares its process: 16 MB of cache instead of 128.
  await pglite.exec("alter system set shared_buffers = '16MB'")
  await migrateUp(toDatabase(pglite, async () => {}))
  const dump = await pglite.dumpDataDir('gzip')
  await pglite.close()
  return dump
}

/** A database directory is created under another name and then renamed, so that an unfinished one is never opened. */
async function openDirectory (directory: string): Promise<PGlite> {
  if (!existsSync(directory)) {
    const unfinished = `${directory}.new`
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { mode: 0o700 })
    if (existsSync(EMPTY_DATABASE)) await unpackArchive(EMPTY_DATABASE, unfinished)
    else await initialize(unfinished)
    await rename(unfinished, directory)
  }
  await mkdir(directory, { recursive: true })
  return PGlite.create(directory, { parsers: PARSERS })
}

async function initialize (directory: string): Promise<void> {
  const created = await PGlite.create(directory)
  await created.close()
  // Its files are writable by all users, whatever the umask.
  await makeTreePrivate(directory)
}

async function emptyDatabaseOptions (): Promise<{ loadDataDir?: Blob }> {
  return existsSync(EMPTY_DATABASE) ? { loadDataDir: await openAsBlob(EMPTY_DATABASE) } : {}
}

function toDatabase (pglite: PGlite, onClosed: () => Promise<void>): Database {
  const mutex = new PriorityMutex({ acquireTimeoutMs: ACQUIRE_TIMEOUT_MS, createTimeoutError })
  const end = async (): Promise<void> => {}
  const kysely = createKysely({ connect: () => connect('normal'), end })
  const reserved = createKysely({ connect: () => connect('high'), end })

  async function connect (priority: Priority): Promise<Client> {
    const release = await mutex.acquire(priority)
    return {
      async query (text: string, values: unknown[]) {
        // A text of several statements, as of a migration, needs the simple protocol.
        const result = values.length > 0 ? await pglite.query(text, values) : (await pglite.exec(text)).at(-1)
        return { command: result?.command ?? '', rowCount: result?.rowCount ?? 0, rows: result?.rows ?? [] }
      },
      release
    }
  }

  // LISTEN needs the mutex too, or it would become part of an open transaction.
  async function listen (channel: string, onNotify: (payload: string) => void, onConnect: () => void = () => {}): Promise<Listening> {
    const unlisten = await mutex.run(() => pglite.listen(channel, onNotify))
    onConnect()
    return { connected: true, close: () => mutex.run(() => unlisten()) }
  }

  return {
    kysely,
    reserved,
    embedded: true,
    load: {
      total: 1,
      get idle () { return mutex.isHeld ? 0 : 1 },
      get waiting () { return mutex.waiting }
    },
    listen,
    withoutDeadlines: (work) => work(kysely),
    async close () {
      await Promise.all([kysely.destroy(), reserved.destroy()])
      await mutex.acquire()
      await pglite.close()
      await onClosed()
    }
  }
}

function createTimeoutError (): Error {
  return new DatabaseUnavailableError(
    'the one connection of the embedded database was not free in time; inside a transaction, every query must go through it')
}

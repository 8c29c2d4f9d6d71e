import { existsSync, openAsBlob } from 'node:fs'
import { mkdir, rename, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PGlite, types } from '@electric-sql/pglite'
import type { Database, DatabaseLog, Listening } from './database.ts'
import { DatabaseUnavailableError } from './failures.ts'
import { createKysely, type Client } from './kysely.ts'
import { DataDirError, lockDirectory } from './lock.ts'
import { makeTreePrivate } from './private-directory.ts'

/** An empty database, made by the build: to unpack it takes a fraction of a second, to make one several, and much memory. */
export const EMPTY_DATABASE = fileURLToPath(new URL('../../dist/empty-database.tar.gz', import.meta.url))

/** Whoever waits longer for the one connection waits for itself. */
const ACQUIRE_MS = 5_000

/** A new one takes 40, and grows from there. */
const NEEDED_MB = 64

/** As `pg` has it: a bigint is a decimal string, since a number cannot hold every one; and a day is no moment. */
const PARSERS = { [types.INT8]: (text: string) => text, [types.DATE]: (text: string) => text }

/**
 * Opens the embedded database: Postgres in WebAssembly, in this process, with one connection.
 *
 * @param options `dataDir` is locked against other processes, and kept from other users; undefined: in memory
 * @throws DataDirError when another process has it, another user may read it, or it cannot be opened, as on a full disk
 */
export async function openEmbedded ({ dataDir, log }: { dataDir: string | undefined, log?: Pick<DatabaseLog, 'warn'> }): Promise<Database> {
  if (dataDir === undefined) return wrap(await PGlite.create('memory://', { parsers: PARSERS, ...await emptyDatabaseOptions() }), async () => {})
  const lock = await lockDirectory(dataDir, log)
  try {
    return wrap(await openDirectory(join(dataDir, 'postgres')), lock.release)
  } catch (error) {
    await lock.release()
    throw await describeFailure(error, dataDir)
  }
}

/** Emscripten throws objects that are no errors, and aborts without a reason: most often the disk is full. */
async function describeFailure (error: unknown, dataDir: string): Promise<DataDirError> {
  const reason = error instanceof Error ? error.message.split('\n', 1)[0] : 'a file cannot be written'
  const { bavail, bsize } = await statfs(dataDir)
  const free = Math.floor(bavail * bsize / 1e6)
  const advice = free < NEEDED_MB ? `the disk is full, with ${free} MB left: make room for ${NEEDED_MB} MB` : 'look for limits on the size of files, and for damage to the disk'
  return new DataDirError(`The embedded database in ${dataDir} cannot be opened (${reason ?? 'unknown'}): ${advice}, or set DATABASE_URL to a Postgres server.`, { cause: error })
}

/**
 * Makes what `EMPTY_DATABASE` holds.
 *
 * @returns a tar archive, gzipped
 */
export async function createEmptyDatabaseArchive (): Promise<Blob> {
  const pglite = await PGlite.create('memory://')
  // It is small, and shares its process: 16 MB of cache will do where 128 is the default.
  await pglite.exec("alter system set shared_buffers = '16MB'")
  const dump = await pglite.dumpDataDir('gzip')
  await pglite.close()
  return dump
}

/** One that is not finished is never found under the name of a finished one. */
async function openDirectory (directory: string): Promise<PGlite> {
  if (!existsSync(directory)) {
    const unfinished = `${directory}.new`
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { mode: 0o700 })
    const made = await PGlite.create(unfinished, await emptyDatabaseOptions())
    await made.close()
    // What is unpacked may be written by everybody, whatever the umask.
    await makeTreePrivate(unfinished)
    await rename(unfinished, directory)
  }
  await mkdir(directory, { recursive: true })
  return PGlite.create(directory, { parsers: PARSERS })
}

async function emptyDatabaseOptions (): Promise<{ loadDataDir?: Blob }> {
  return existsSync(EMPTY_DATABASE) ? { loadDataDir: await openAsBlob(EMPTY_DATABASE) } : {}
}

function wrap (pglite: PGlite, onClosed: () => Promise<void>): Database {
  const mutex = createPriorityMutex(ACQUIRE_MS)
  const end = async (): Promise<void> => {}
  const kysely = createKysely({ connect: () => connect('last'), end })
  const reserved = createKysely({ connect: () => connect('next'), end })

  async function connect (place: Priority): Promise<Client> {
    const release = await mutex.take(place)
    return {
      async query (text: string, values: unknown[]) {
        // Several statements in one text, as in a migration, go by the simple protocol.
        const result = values.length > 0 ? await pglite.query(text, values) : (await pglite.exec(text)).at(-1)
        return { command: result?.command ?? '', rowCount: result?.rowCount ?? 0, rows: result?.rows ?? [] }
      },
      release
    }
  }

  /** In a turn of its own, or it would become part of whatever transaction is open. */
  async function exclusively<T> (work: () => Promise<T>): Promise<T> {
    const release = await mutex.take()
    try {
      return await work()
    } finally {
      release()
    }
  }

  async function listen (channel: string, onNotify: (payload: string) => void, onConnect: () => void = () => {}): Promise<Listening> {
    const unlisten = await exclusively(() => pglite.listen(channel, onNotify))
    onConnect()
    return { connected: true, close: () => exclusively(() => unlisten()) }
  }

  return {
    kysely,
    reserved,
    embedded: true,
    load: {
      total: 1,
      get idle () { return mutex.isTaken ? 0 : 1 },
      get waiting () { return mutex.waiting }
    },
    listen,
    withoutDeadlines: (work) => work(kysely),
    async close () {
      await Promise.all([kysely.destroy(), reserved.destroy()])
      await mutex.take()
      await pglite.close()
      await onClosed()
    }
  }
}

/** Where one who comes waits: behind all, or before all who wait there. */
type Priority = 'next' | 'last'

/** One at a time, in order of arrival, of those who are next before the others. */
function createPriorityMutex (patienceMs: number) {
  const queues: Record<Priority, Array<() => void>> = { next: [], last: [] }
  let isTaken = false

  async function take (place: Priority = 'last'): Promise<() => void> {
    if (isTaken) await wait(queues[place])
    isTaken = true
    return pass
  }

  function pass (): void {
    const next = queues.next.shift() ?? queues.last.shift()
    if (next === undefined) isTaken = false
    else next()
  }

  function wait (queue: Array<() => void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(enter), 1)
        reject(new DatabaseUnavailableError('the one connection of the embedded database was not free in time; inside a transaction, every query must go through it'))
      }, patienceMs)
      function enter (): void {
        clearTimeout(timer)
        resolve()
      }
      queue.push(enter)
    })
  }

  return {
    take,
    get isTaken () { return isTaken },
    get waiting () { return queues.next.length + queues.last.length }
  }
}

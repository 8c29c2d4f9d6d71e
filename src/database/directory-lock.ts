import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, rename, rm } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { basename, join } from 'node:path'
import type { DatabaseLog } from './database.ts'
import { DataDirError, DataDirInUseError, makePrivate } from './private-directory.ts'

/**
 * Locks a directory for this process: two processes with one embedded database would silently lose rows. The lock is a socket on which this
 * process listens, so it ends with the process, however that ends.
 *
 * @param directory is created if it does not exist, and made private; see `makePrivate`
 * @throws DataDirInUseError if another process has locked it; DataDirError if it belongs to another user or cannot be used
 */
export async function lockDirectory (directory: string, log?: Pick<DatabaseLog, 'warn'>): Promise<{ release: () => Promise<void> }> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await makePrivate(directory, log)
    return await lock(directory)
  } catch (error) {
    if (error instanceof DataDirError) throw error
    const reason = error instanceof Error ? error.message : 'unknown'
    throw new DataDirError(`The directory ${directory} cannot be used (${reason}): check DATA_DIR.`, { cause: error })
  }
}

async function lock (directory: string): Promise<{ release: () => Promise<void> }> {
  const handle = await open(directory)
  try {
    const name = join(directory, 'lock')
    const own = `${name}.${randomBytes(4).toString('hex')}`
    const server = await listenOn(socketPath(own, handle.fd))
    try {
      await chmod(own, 0o600)
      await claim({ name, own, directory, fd: handle.fd })
    } catch (error) {
      await closeServer(server)
      throw error
    } finally {
      await rm(own, { force: true })
    }
    return {
      async release () {
        await rm(name, { force: true })
        await closeServer(server)
      }
    }
  } finally {
    await handle.close()
  }
}

interface Claim {
  name: string
  own: string
  directory: string
  fd: number
}

/** Gives our socket the name of the lock, by a hard link: that fails if the name exists, also in a race. */
async function claim ({ name, own, directory, fd }: Claim): Promise<void> {
  if (await tryLink(own, name)) return
  const left = `${own}.left`
  // Rename the lock before the check: of two processes that find a stale lock, one gets it.
  await rename(name, left).catch(() => {})
  const isHeld = await isListening(socketPath(left, fd))
  if (isHeld) await rename(left, name)
  else await rm(left, { force: true })
  if (isHeld || !await tryLink(own, name)) throw new DataDirInUseError(directory)
}

/** A path of a socket that is longer than about a hundred bytes is silently truncated. Linux has a short path for an open directory. */
function socketPath (path: string, directoryFd: number): string {
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return path
  if (process.platform !== 'linux') throw new DataDirError(`The path ${path} is too long for a socket: set DATA_DIR to a shorter one.`)
  return `/proc/self/fd/${directoryFd}/${basename(path)}`
}

const MAX_SOCKET_PATH_BYTES = 100

async function tryLink (from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

function isListening (path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', () => resolve(false))
  })
}

function listenOn (path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', reject)
    server.listen(path, () => resolve(server.unref()))
  })
}

function closeServer (server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

import { randomBytes } from 'node:crypto'
import { chmod, link, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { basename, join } from 'node:path'
import type { DatabaseLog } from './database.ts'

/** The directory of the embedded database cannot be used. The message is one sentence, for the terminal. */
export class DataDirError extends Error {}

/** Another process, most often the service, has locked the directory. */
export class DataDirInUseError extends DataDirError {
  readonly directory: string

  constructor (directory: string) {
    super(`Another process has the database in ${directory} open: stop it, or set DATA_DIR to another directory.`)
    this.directory = directory
  }
}

const OTHERS = 0o077
const STICKY = 0o1000
const OURS = /^(postgres|secret|lock)(\.|$)/
const WITH_SECRETS = ['postgres', 'postgres.new', 'secret']
/** Other files that may be in a directory of ours. */
const HARMLESS = /^(\.|lost\+found$)/

const MAX_SOCKET_PATH_BYTES = 100

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

/**
 * Makes a directory accessible to this user alone: a reader of it has the password hashes and the secret, and a writer can be any user. The
 * permissions of other users are removed from the directory and from our files in it, unless it has files that are not ours.
 *
 * @param directory exists
 * @throws DataDirError if it belongs to another user, has files that are not ours, or keeps its permissions
 */
async function makePrivate (directory: string, log?: Pick<DatabaseLog, 'warn'>): Promise<void> {
  // Windows has no modes.
  const user = process.getuid?.()
  if (user === undefined) return
  const { uid, mode } = await stat(directory)
  const advice = 'set DATA_DIR to one that is for this alone, or that is not there yet'
  if (uid !== user) {
    throw new DataDirError(`The directory ${directory} belongs to another user, who could read and change the database: ${advice}.`)
  }
  if ((mode & OTHERS) === 0) return
  const open = `The directory ${directory} is open to other users (mode ${toOctal(mode)})`
  const isForeign = (name: string) => !OURS.test(name) && !HARMLESS.test(name)
  const isShared = (mode & STICKY) !== 0 || (await readdir(directory)).some(isForeign)
  if (isShared) throw new DataDirError(`${open}, and used for other things, so it is left as it is: ${advice}, or run "chmod 700" on it.`)
  await chmod(directory, 0o700)
  const isStillOpen = ((await stat(directory)).mode & OTHERS) !== 0
  if (isStillOpen) throw new DataDirError(`${open}, and cannot be closed: set DATA_DIR to a directory on another file system.`)
  for (const name of WITH_SECRETS) await makeTreePrivate(join(directory, name))
  const details = { event: 'data_dir_closed', directory, mode: toOctal(mode) }
  log?.warn(details, 'the directory of the embedded database was open to other users of this machine, and is closed to them now')
}

/** Removes the permissions of other users from a file, or from a directory and its content, if it exists. */
export async function makeTreePrivate (path: string): Promise<void> {
  const found = await stat(path).catch(ignoreMissing)
  if (found === undefined) return
  await chmod(path, found.mode & 0o700)
  if (!found.isDirectory()) return
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    const mode = entry.isDirectory() ? 0o700 : entry.isFile() ? 0o600 : undefined
    if (mode !== undefined) await chmod(join(entry.parentPath, entry.name), mode).catch(ignoreMissing)
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

/** Another process may delete a file meanwhile. */
function ignoreMissing (error: unknown): undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
}

function toOctal (mode: number): string {
  return (mode & 0o777).toString(8)
}

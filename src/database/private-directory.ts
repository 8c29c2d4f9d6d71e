import { chmod, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
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

/**
 * Makes a directory accessible to this user alone: a reader of it has the password hashes and the secret, and a writer can be any user. The
 * permissions of other users are removed from the directory and from our files in it, unless it has files that are not ours.
 *
 * @param directory exists
 * @throws DataDirError if it belongs to another user, has files that are not ours, or keeps its permissions
 */
export async function makePrivate (directory: string, log?: Pick<DatabaseLog, 'warn'>): Promise<void> {
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

/** Another process may delete a file meanwhile. */
function ignoreMissing (error: unknown): undefined {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
}

function toOctal (mode: number): string {
  return (mode & 0o777).toString(8)
}

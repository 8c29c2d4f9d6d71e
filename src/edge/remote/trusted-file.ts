import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'

const WRITABLE_BY_OTHERS = 0o022
const STICKY = 0o1000

/**
 * Reads a file that nobody but us, or root, can have written or put there.
 *
 * A link is refused: we replace what is there by renaming, so none is ours, and what it leads to may be an older file of ours. Links on
 * the way to its folder are followed. Where the folder is open to others it must have the sticky bit, as /tmp has.
 *
 * @param maxBytes how large it may be
 * @returns undefined where there is no file
 * @throws TypeError that says in a few words why it is not believed
 */
export function readTrustedFile (path: string, maxBytes: number): string | undefined {
  const folder = statSync(dirname(path), { throwIfNoEntry: false })
  if (folder !== undefined) assertFolder(folder)
  const file = open(path)
  if (file === undefined) return undefined
  try {
    const stat = fstatSync(file)
    if (!stat.isFile() || stat.size > maxBytes) throw new TypeError('it is no file of a snapshot')
    assertFile(stat)
    return readFileSync(file, 'utf8')
  } finally {
    closeSync(file)
  }
}

/** What is looked at is what is read, whatever is renamed meanwhile; a pipe keeps nobody waiting. */
function open (path: string): number | undefined {
  try {
    // Windows knows neither.
    return openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') return undefined
    if (code === 'ELOOP') throw new TypeError('it is a link')
    throw error
  }
}

function assertFile ({ uid, mode }: Stats): void {
  if (!isTrusted(uid)) throw new TypeError('somebody else owns it')
  if (isPosix() && (mode & WRITABLE_BY_OTHERS) !== 0) throw new TypeError('others may write to it')
}

function assertFolder ({ uid, mode }: Stats): void {
  if (!isTrusted(uid)) throw new TypeError('somebody else owns its folder')
  if (isPosix() && (mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0) throw new TypeError('others may write to its folder')
}

/** Root can do as it likes anyway. */
function isTrusted (uid: number): boolean {
  return !isPosix() || uid === 0 || uid === process.geteuid?.()
}

/** On Windows owners and modes are not what they say. */
function isPosix (): boolean {
  return process.platform !== 'win32'
}

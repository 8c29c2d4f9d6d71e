// The directory of the embedded database, before it is opened: a look must not create anything.
import { stat, statfs } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { firstOf, type Finding, type CheckContext } from './finding.ts'

const MIN_FREE_BYTES = 200 * 1024 * 1024

/** What is in DATA_DIR. */
interface DataDirectory {
  finding: Finding
  /** Whether there is a database to open. */
  hasDatabase: boolean
}

export async function inspectDataDirectory ({ config: { database: { dataDir }, secretKeys } }: CheckContext): Promise<DataDirectory> {
  const directory = resolve(dataDir)
  const hasDatabase = await exists(join(directory, 'postgres'))
  const hasSecret = secretKeys.length > 0 || await exists(join(directory, 'secret'))
  const existing = await exists(directory) ? directory : dirname(directory)
  const { bavail, bsize } = await statfs(existing).catch(() => ({ bavail: Infinity, bsize: 1 }))
  const free = Math.floor(bavail * bsize / 1024 / 1024)
  const finding = firstOf('disk', [
    [
      !await exists(existing), 'fault',
      `DATA_DIR is ${dataDir}, which is in a directory that is not there: make ${existing}, or set another one.`
    ],
    [
      hasDatabase && !hasSecret, 'fault',
      `The file "secret" in ${directory} is missing, without which the keys cannot be opened: restore it from a backup, or the next ` +
      'start fails.'
    ],
    [
      bavail * bsize < MIN_FREE_BYTES, 'fault',
      `The disk of ${directory} has ${free} MB left, which is too little for a database: make room.`
    ]
  ], hasDatabase ? `The database is in ${directory}; the disk has ${free} MB left.` : `The first start makes a database in ${directory}.`)
  return { finding, hasDatabase }
}

async function exists (path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false)
}

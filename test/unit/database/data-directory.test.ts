// Real files on a real file system: who may read and change the embedded database.
import { chmod, chown, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import t from 'tap'
import { createDatabase, migrateUp } from '../../../src/database/index.ts'
import { DataDirError, lockDirectory } from '../../../src/database/data-directory.ts'

const posix = { skip: process.getuid === undefined && 'there are no modes here' }
const root = { skip: process.getuid?.() !== 0 && 'only root can give a directory away' }
const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)

async function findOpen (directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const paths = [directory, ...entries.map((entry) => join(entry.parentPath, entry.name))]
  const modes = await Promise.all(paths.map(async (path) => ({ path, mode: (await stat(path)).mode })))
  return modes.filter(({ mode }) => (mode & 0o077) !== 0).map(({ path }) => path)
}

const collect = () => {
  const told: Array<[details: object, sentence: string]> = []
  return { told, log: { info () {}, warn: (details: object, sentence: string) => { told.push([details, sentence]) } } }
}

t.test('a new database is its user\'s alone, under any umask', posix, async (t) => {
  const umask = process.umask(0)
  t.teardown(() => process.umask(umask))
  const dataDir = join(t.testdir(), 'deep', 'data')
  const { told, log } = collect()
  const database = await createDatabase({ url: undefined, poolSize: 1, dataDir, log })
  t.strictSame(
    await Promise.all([
      dataDir, join(dataDir, 'postgres'), join(dataDir, 'postgres', 'base'), join(dataDir, 'postgres', 'PG_VERSION')
    ].map(modeOf)),
    ['700', '700', '700', '600']
  )
  t.equal(await modeOf(join(dataDir, 'lock')), '600')
  await database.close()
  t.strictSame(told, [], 'and there is nothing to say')
})

t.test('nothing of ours in it is open to others after work, where the umask is that of the command', posix, async (t) => {
  const umask = process.umask(0o077)
  t.teardown(() => process.umask(umask))
  const dataDir = join(t.testdir(), 'data')
  const open = () => createDatabase({ url: undefined, poolSize: 1, dataDir, log: collect().log })
  const first = await open()
  await migrateUp(first)
  await sql`checkpoint`.execute(first.kysely)
  await first.close()
  const second = await open()
  // PGlite sets the mode of these caches of the catalogue, which hold nothing of ours; nobody gets as far as to read them.
  t.strictSame((await findOpen(dataDir)).filter((path) => !path.endsWith('/pg_internal.init')), [])
  await second.close()
})

t.test('a directory of ours that is open to others is closed, with all that is in it, and it is said', posix, async (t) => {
  const dataDir = t.testdir({ '.gitignore': '*', secret: 'x', postgres: { base: { 1: 'x' } } })
  for (const path of ['', 'postgres', 'postgres/base']) await chmod(join(dataDir, path), 0o777)
  for (const path of ['secret', 'postgres/base/1']) await chmod(join(dataDir, path), 0o666)
  const { told, log } = collect()
  await (await lockDirectory(dataDir, log)).release()
  t.strictSame(await findOpen(dataDir), [join(dataDir, '.gitignore')])
  t.strictSame(told, [[
    { event: 'data_dir_closed', directory: dataDir, mode: '777' },
    'the directory of the embedded database was open to other users of this machine, and is closed to them now'
  ]])
  await (await lockDirectory(dataDir, log)).release()
  t.equal(told.length, 1, 'once')
})

t.test('a directory that is used for other things, too, is refused while it is open, and left as it is', posix, async (t) => {
  const dataDir = t.testdir({ 'somebody.txt': 'x' })
  await chmod(dataDir, 0o755)
  const refusal = new DataDirError(
    `The directory ${dataDir} is open to other users (mode 755), and used for other things, so it is left as it is: ` +
    'set DATA_DIR to one that is for this alone, or that is not there yet, or run "chmod 700" on it.'
  )
  await t.rejects(lockDirectory(dataDir), refusal)
  t.equal(await modeOf(dataDir), '755')
  await chmod(dataDir, 0o700)
  await (await lockDirectory(dataDir)).release()

  const shared = join(dataDir, 'tmp')
  await mkdir(shared)
  await chmod(shared, 0o1777)
  await t.rejects(lockDirectory(shared), { message: /and used for other things/ })
  t.equal(await modeOf(shared), '777')
})

t.test('a directory of another user is refused, however it is', root, async (t) => {
  const dataDir = t.testdir()
  for (const mode of [0o700, 0o755, 0o777]) {
    await chmod(dataDir, mode)
    await chown(dataDir, 65_534, 65_534)
    await t.rejects(lockDirectory(dataDir), { message: /^The directory [^\n]+ belongs to another user, [^\n]+\.$/ })
  }
  t.strictSame(await readdir(dataDir), [])
  await chown(dataDir, 0, 0)
  await writeFile(join(dataDir, '.keep'), '')
  await (await lockDirectory(dataDir)).release()
})

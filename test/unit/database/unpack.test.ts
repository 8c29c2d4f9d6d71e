import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { EMPTY_DATABASE } from '../../../src/database/embedded.ts'
import { unpackArchive } from '../../../src/database/unpack.ts'

const skip = !existsSync(EMPTY_DATABASE) && 'there is no empty database: run "npm run build" first'

t.test('files keep their content, empty directories are made, and nobody else can read anything', { skip }, async (t) => {
  const directory = t.testdir()
  await unpackArchive(EMPTY_DATABASE, directory)
  t.match(readFileSync(join(directory, 'PG_VERSION'), 'utf8'), /^\d\d\n$/)
  t.match(readFileSync(join(directory, 'postgresql.auto.conf'), 'utf8'), "shared_buffers = '16MB'")
  t.equal(statSync(join(directory, 'global/pg_control')).size, 8_192, 'a file of whole blocks')
  t.strictSame(readdirSync(join(directory, 'pg_tblspc')), [])
  const paths = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  t.strictSame(paths.filter((path) => (statSync(join(directory, path)).mode & 0o077) !== 0), [])
})

t.test('half an archive is an error', { skip }, async (t) => {
  const directory = t.testdir({ unpacked: {} })
  const archive = readFileSync(EMPTY_DATABASE)
  writeFileSync(join(directory, 'half'), archive.subarray(0, archive.length / 2))
  await t.rejects(unpackArchive(join(directory, 'half'), join(directory, 'unpacked')), { code: 'Z_BUF_ERROR' })
  t.strictSame(readdirSync(join(directory, 'unpacked')), [])
})

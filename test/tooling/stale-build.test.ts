// Installed without the compiler, as by "npm ci --omit=dev": an old build is started, or a sentence says what to do.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import t from 'tap'

t.test('without a compiler, sources that are newer than the build do not fail it', async (t) => {
  // Not below this directory, whose compiler would be found.
  const root = mkdtempSync(join(tmpdir(), 'gatepass-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  for (const directory of ['src', 'client', 'dist', 'migrations', 'scripts']) mkdirSync(join(root, directory))
  for (const file of ['package.json', 'scripts/build.js', 'scripts/commonjs.js', 'scripts/check-node.cjs']) cpSync(file, join(root, file))
  writeFileSync(join(root, 'src/main.ts'), '')
  const build = (...options: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/build.js', ...options], {
      cwd: root, env: { PATH: process.env.PATH }, encoding: 'utf8'
    })
    return { status, stdout, stderr }
  }
  const nothing = { status: 1, stdout: '', stderr: 'There is no compiler here, and nothing was built: run "npm ci --include=dev" first.\n' }
  t.strictSame(build(), nothing)
  t.strictSame(build('--if-stale'), nothing)
  t.match(build('--if-possible'), { status: 0, stdout: '', stderr: /^There is no compiler here, so dist was not built: .*\n$/ })

  writeFileSync(join(root, 'dist/.built'), '')
  utimesSync(join(root, 'dist/.built'), 0, 0)
  const stale = {
    status: 0,
    stdout: '',
    stderr: 'There is no compiler here, so dist stays as it was built, though sources are newer: ' +
    'run "npm ci --include=dev" and "npm run build" to renew it.\n'
  }
  t.strictSame(build(), stale)
  t.strictSame(build('--if-stale'), stale)
  for (const path of ['src', 'src/main.ts', 'client', 'migrations', 'scripts/build.js', 'scripts/commonjs.js']) {
    utimesSync(join(root, path), 0, 0)
  }
  t.strictSame(build('--if-stale'), { status: 0, stdout: '', stderr: '' })
})

t.test('what was compiled from a source that is gone is removed', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'gatepass-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  copyProject(root)
  // The archive of the empty database is there already.
  writeFileSync(join(root, 'src/database/embedded.ts'), "export const EMPTY_DATABASE = '.'\n")
  for (const name of ['index', 'kept']) writeFileSync(join(root, `client/${name}.ts`), 'export {}\n')
  for (const name of ['kept', 'gone']) writeFileSync(join(root, `src/${name}.ts`), 'export {}\n')
  const build = () => spawnSync(process.execPath, ['scripts/build.js'], { cwd: root, encoding: 'utf8' })
  const listBuilt = (...names: string[]) => names.filter((name) => existsSync(join(root, 'dist', name)))
  const files = ['kept.js', 'client/kept.js', 'client/cjs/kept.js', 'gone.js', 'gone.d.ts']
  t.match(build(), { status: 0, stdout: '', stderr: '' })
  t.strictSame(listBuilt(...files), files)
  for (const path of ['src/gone.ts', 'client/kept.ts']) rmSync(join(root, path))
  t.match(build(), { status: 0, stdout: '', stderr: '' })
  t.strictSame(listBuilt(...files), ['kept.js'])
})

t.test('the archive of the embedded database is made again when a migration was added, changed or removed', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'gatepass-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  copyProject(root)
  writeFileSync(join(root, 'src/database/embedded.ts'), `
    export const EMPTY_DATABASE = 'archive'
    export async function createEmptyDatabaseArchive () { return { arrayBuffer: async () => new TextEncoder().encode('made') } }
  `)
  writeFileSync(join(root, 'client/index.ts'), 'export {}\n')
  const archive = join(root, 'archive')
  const migration = join(root, 'migrations/0001.up.sql')
  const isMade = () => {
    if (existsSync(archive)) writeFileSync(archive, 'old')
    t.match(spawnSync(process.execPath, ['scripts/build.js'], { cwd: root, encoding: 'utf8' }), { status: 0, stderr: '' })
    return readFileSync(archive, 'utf8') === 'made'
  }
  t.equal(isMade(), true)
  t.equal(isMade(), false)
  const later = Date.now() / 1000 + 60
  writeFileSync(migration, '')
  utimesSync(migration, later, later)
  t.equal(isMade(), true, 'added or changed')
  rmSync(migration)
  utimesSync(join(root, 'migrations'), later, later)
  t.equal(isMade(), true, 'removed')
})

t.test('npm checks the version of Node.js before it builds, and before it starts', async (t) => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  for (const name of ['prepare', 'prestart']) t.match(scripts[name], /^node scripts\/check-node\.cjs && node scripts\/build\.js/)
})

/** What the build needs, with packages of this project, and a program without content. */
function copyProject (root: string): void {
  for (const directory of ['src/cli', 'src/database', 'client', 'migrations', 'scripts']) {
    mkdirSync(join(root, directory), { recursive: true })
  }
  for (const file of [
    'package.json', 'scripts/build.js', 'scripts/commonjs.js', 'tsconfig.json', 'tsconfig.build.json', 'tsconfig.client.json'
  ]) cpSync(file, join(root, file))
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'))
  for (const name of ['main', 'program']) writeFileSync(join(root, `src/cli/${name}.ts`), 'export {}\n')
}

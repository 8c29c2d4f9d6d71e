// The service as a package: what is published, and that a team's repository goes on with the next version of it.
import { execFile } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { PLACES } from '../../scripts/version.js'
import { ask, logIn } from '../support/client.ts'
import { compileInEveryMode } from '../support/compile.ts'
import { assertPublishable, pack } from '../support/packages.ts'
import { PASSWORD } from '../support/password.ts'
import { QUICK, runCommand, startService } from '../support/process.ts'
import { Registry } from '../support/registry.ts'

t.setTimeout(600_000)

const run = promisify(execFile)
const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'))
const NEXT = version.replace(/\d+$/, (patch) => String(Number(patch) + 1))

const folder = t.testdir({})
const { gatepass: tarball = '' } = await pack(folder, 'gatepass')

t.test('the service can be published', async (t) => {
  await assertPublishable(t, 'gatepass', tarball)
})

t.test('every place that names the version of the service names this one', async (t) => {
  const read = (path: string): string => readFileSync(path, 'utf8')
  const lock = JSON.parse(read('package-lock.json'))
  t.strictSame([lock.version, lock.packages[''].version], [version, version])
  for (const [path, place] of PLACES) t.strictSame(place.exec(read(path))?.[0], version, path)
  t.match(read('CHANGELOG.md'), `\n## ${version}\n`)
})

t.test('a repository that "gatepass init" wrote gets the next version by "npm update", with its migration', async (t) => {
  const registry = await Registry.start(t)
  await registry.publish(tarball)
  const cwd = join(t.testdir(), 'my-api')
  t.match(await runCommand(t, ['init', cwd], {}).ended, { code: 0 })
  const npm = async (...parameters: string[]): Promise<void> => {
    await run('npm', [...parameters, `--registry=${registry.url}`, '--prefer-offline', '--fetch-retries=0', '--loglevel=error'], { cwd })
  }
  const settings = { ...QUICK, DATA_DIR: join(cwd, 'data'), ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: PASSWORD }
  const installed = join(cwd, 'node_modules/gatepass')
  const gatepass = async (command: string): Promise<string> => {
    const { stdout, stderr } = await runCommand(t, [command], settings, { script: join(installed, 'dist/cli/main.js'), cwd }).ended
    t.equal(stderr, '')
    return stdout
  }
  try {
    await npm('install')
  } catch (error) {
    if (await registry.hasNetwork()) throw error
    t.pass('it is installed', { skip: 'npm has not cached all packages, and there is no network' })
    return
  }

  await t.test('it can be imported and required, with its types', async (t) => {
    compileInEveryMode(t, cwd, PROGRAM)
    const env = { PATH: process.env.PATH }
    t.strictSame(await run(process.execPath, ['app.js'], { cwd, env }), { stdout: 'function true\n', stderr: '' })
    t.strictSame(await run(process.execPath, ['commonjs/app.js', 'start'], { cwd, env }), {
      stdout: 'function true\n{"is":true,"client":true}\n', stderr: ''
    })
  })

  t.match(await gatepass('migrate'), /^Applied: 0001_initial, /)
  await registry.publish(await packNext(installed, folder))
  await npm('update', 'gatepass')
  t.match(await gatepass('--version'), `${NEXT}\n`)

  const { stdout } = await run('npm', ['run', '--silent', 'gatepass', '--', 'migrate'], { cwd, env: { ...process.env, ...settings } })
  t.equal(stdout, 'Applied: 9999_next, notes/0001_notes.\n', 'it compiles, too')
  await run('sh', ['-c', 'node --test dist/test/*.test.js'], { cwd })
  const { address } = await startService(t, settings, { script: join(cwd, 'dist/src/main.js') })
  t.match(await ask(`${address}/openapi.json`), { body: { info: { version: NEXT } } })
  const { accessToken: token } = await logIn(address, 'root@example.com', PASSWORD)
  t.match(await ask(`${address}/api/notes`, { method: 'POST', token, body: { text: 'Buy milk.' } }), { status: 201 })
})

/** Packs the same with the next version, and with a migration. */
async function packNext (installed: string, folder: string): Promise<string> {
  const directory = join(folder, 'package')
  cpSync(installed, directory, { recursive: true })
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...manifest, version: NEXT }))
  writeFileSync(join(directory, 'migrations/9999_next.up.sql'), 'create table next (id uuid);')
  writeFileSync(join(directory, 'migrations/9999_next.down.sql'), 'drop table next;')
  const tarball = join(folder, 'next.tgz')
  await run('tar', ['-czf', tarball, '-C', folder, 'package'])
  return tarball
}

const PROGRAM = `
  import { buildApp, type AppOptions } from 'gatepass'
  import { defineRoles, edge, Rejection, type CurrentUser } from 'gatepass/edge'
  import { Rejection as SameRejection } from 'gatepass/verify'
  import { createTestService } from 'gatepass/testing'
  import { createClient, type Client } from 'gatepass/client'

  const roles = defineRoles({ admin: ['things:write'], user: ['things:read'] })
  declare module 'gatepass/edge' { interface Register { roles: typeof roles } }
  const rejection: Rejection = new SameRejection('missing_token')
  const client: Client = createClient({ baseUrl: 'https://auth.example.com', delivery: 'body' })

  const options: AppOptions = {
    roles,
    modules: [async (app, { verifier }) => {
      await app.register(edge, { verifier, allow: 'things:read' })
      app.get('/things', ({ currentUser }) => ({ is: currentUser.isUser(), client: client.currentUser() === undefined }))
    }]
  }
  console.log(typeof buildApp, rejection instanceof Rejection)
  async function start () {
    const service = await createTestService(options)
    const { headers } = await service.createUser('user')
    console.log((await service.app.inject({ url: '/things', headers })).body)
    await service.close()
  }
  if (process.argv[2] === 'start') void start()

  export function neverCalled (user: CurrentUser) {
    // @ts-expect-error no such role
    user.isEditor()
    // @ts-expect-error no role grants it
    user.can('things:raed')
  }
`

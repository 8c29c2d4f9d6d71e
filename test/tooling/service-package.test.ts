// The service as a package: what is published, and its types. That a repository gets its next version is in test/docs/first-hour.test.ts.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { stage } from '../../scripts/stage.js'
import { PLACES } from '../../scripts/version.js'
import { compileInEveryMode } from '../support/compile.ts'
import { assertPublishable, pack } from '../support/packages.ts'

t.setTimeout(600_000)

const run = promisify(execFile)
const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'))

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

t.test('it can be imported and required, with its types', async (t) => {
  // What it needs is found in a directory above.
  const cwd = t.testdir({ 'package.json': '{ "type": "module" }' })
  await stage('gatepass', join(cwd, 'node_modules/gatepass'))
  compileInEveryMode(t, cwd, PROGRAM)
  const env = { PATH: process.env.PATH }
  t.strictSame(await run(process.execPath, ['app.js'], { cwd, env }), { stdout: 'function true\n', stderr: '' })
  t.strictSame(await run(process.execPath, ['commonjs/app.js', 'start'], { cwd, env }), {
    stdout: 'function true\n{"is":true,"client":true}\n', stderr: ''
  })
})

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

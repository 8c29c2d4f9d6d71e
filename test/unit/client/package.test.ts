import { execFile } from 'node:child_process'
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { typesOfDocument } from '../../../scripts/client-types.js'

t.setTimeout(600_000)

const run = promisify(execFile)

/** Made once for all tests. */
const packed = packClient(t.testdir())

t.test('the types that are committed are those of the document', async (t) => {
  t.equal(await readFile('client/api.ts', 'utf8'), await typesOfDocument(), 'run "npm run openapi" after a change of routes')
})

t.test('the client alone installs with nothing else, is small, and is typed', async (t) => {
  const directory = t.testdir({
    'package.json': JSON.stringify({ name: 'somebody-else', type: 'module', private: true }),
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        lib: [
          'es2022', 'dom'
        ],
        types: [],
        module: 'nodenext',
        target: 'es2022',
        strict: true,
        noEmit: true,
        exactOptionalPropertyTypes: true
      },
      include: ['*.ts']
    })
  })
  const { tarball, size } = await packed
  t.ok(Number.parseInt(size) < 9500, size)
  for (const document of ['README.md', 'docs/client.md']) {
    const [, said] = /(\d\.\d) KB gzipped/.exec(await readFile(document, 'utf8')) ?? []
    t.ok(Math.abs(Number(said) * 1000 / Number.parseInt(size) - 1) < 0.1, `${document} says ${said} KB, and it is ${size}`)
  }
  await run('npm', ['install', '--offline', '--no-fund', '--no-audit', tarball], { cwd: directory })
  const { packages } = JSON.parse(await readFile(join(directory, 'package-lock.json'), 'utf8'))
  t.strictSame(Object.keys(packages), ['', 'node_modules/gatepass-client'])

  await writeFile(join(directory, 'app.ts'), `
    import { createClient, StepUpNeededError, type paths } from 'gatepass-client'
    const client = createClient({ baseUrl: 'https://auth.example.com', delivery: 'cookie', storage: localStorage })
    const { sessions } = await client.ask('GET', '/account/sessions')
    const agents: Array<string | null> = sessions.map((session) => session.user_agent)
    const nothing: undefined = await client.ask('DELETE', '/account/sessions/{id}', { path: { id: agents[0] ?? '' } })
    const { users, next } = await client.ask('GET', '/admin/users', { query: { role: 'admin', limit: 10 } })
    const made = await client.ask('POST', '/admin/users', { body: { email: users[0]!.email, password: 'x', role: 'user' } })
    const known: string | undefined = client.currentUser()?.role ?? made.id ?? next ?? nothing
    // @ts-expect-error there is no such path
    await client.ask('GET', '/nowhere')
    // @ts-expect-error it does not take this method
    await client.ask('POST', '/me')
    // @ts-expect-error which one?
    await client.ask('DELETE', '/account/sessions/{id}')
    // @ts-expect-error it takes no such query
    await client.ask('GET', '/admin/users', { query: { name: 'ada' } })
    // @ts-expect-error a member is missing
    await client.ask('POST', '/admin/users', { body: { email: 'a' } })
    // @ts-expect-error sessions are begun by login
    await client.ask('POST', '/auth/login', { body: { email: 'a', password: 'b' } })
    // @ts-expect-error proofs are given by stepUp
    await client.ask('POST', '/auth/step-up', { body: { password: 'b' } })
    const fetches: Array<typeof fetch> = [client.fetch, client.fetchFor('reports')]
    // @ts-expect-error there is no such proof
    await client.stepUp({ pasword: 'b' })
    const organisation: string | number | boolean | undefined = client.currentUser()?.claims.org_id
    const isNeeded = (error: unknown): number | undefined => error instanceof StepUpNeededError ? error.maxAge : undefined
    export { known, fetches, organisation, isNeeded, type paths }
  `)
  await t.resolves(run(process.execPath, ['node_modules/typescript/bin/tsc', '--project', directory]).catch(({ stdout }) => Promise.reject(
    new Error(stdout)
  )))

  await writeFile(join(directory, 'app.js'), `
    import { createClient, ProblemError } from 'gatepass-client'
    const fetch = async () => Response.json({ code: 'invalid_credentials', detail: 'No.' }, { status: 401 })
    const client = createClient({ baseUrl: 'https://auth.example.com', delivery: 'body', fetch })
    await client.login('a', 'b').catch((error) => console.log(error instanceof ProblemError, error.code, client.currentUser()))
  `)
  t.equal(
    (await run(process.execPath, ['app.js'], { cwd: directory })).stdout,
    'true invalid_credentials undefined\n',
    'and keeps no process alive'
  )
})

const COMMONJS = `
  import { createClient, ProblemError, type Client, type paths } from 'PACKAGE'
  import client = require('PACKAGE')
  const fetch = async () => Response.json({ code: 'invalid_credentials', detail: 'No.' }, { status: 401 })
  const made: Client = createClient({ baseUrl: 'https://auth.example.com', delivery: 'body', fetch })
  const path: keyof paths = '/me'
  // @ts-expect-error there is no such path
  made.ask('GET', '/nowhere').catch(() => {})
  const isSame = client.createClient === createClient
  made.login('a', 'b').catch((error: unknown) => { console.log(error instanceof ProblemError && error.code, isSame, path) })
`

t.test('a CommonJS module in TypeScript compiles against the client and runs, installed alone or with the service', async (t) => {
  for (const name of ['gatepass-client', 'gatepass/client']) {
    const directory = t.testdir({
      'package.json': JSON.stringify({ name: 'somebody-else', private: true }),
      'app.ts': COMMONJS.replaceAll('PACKAGE', name)
    })
    if (name === 'gatepass-client') {
      const { tarball } = await packed
      await run('npm', ['install', '--offline', '--no-fund', '--no-audit', tarball], { cwd: directory })
    } else {
      await mkdir(join(directory, 'node_modules'))
      await symlink(process.cwd(), join(directory, 'node_modules', 'gatepass'))
    }
    const compilerOptions = {
      lib: ['es2022', 'dom'], types: [], module: 'node16', moduleResolution: 'node16', target: 'es2022', strict: true, skipLibCheck: false
    }
    await writeFile(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['app.ts'] }))
    await t.resolves(run(process.execPath, [
      'node_modules/typescript/bin/tsc', '--project', directory
    ]).catch(({ stdout }) => Promise.reject(new Error(stdout))), name)
    const { stdout, stderr } = await run(process.execPath, ['app.js'], { cwd: directory })
    t.equal(stdout, 'invalid_credentials true /me\n')
    t.equal(stderr, '', 'no warning either')
  }
})

async function packClient (folder: string): Promise<{ tarball: string, size: string }> {
  const { stdout } = await run(process.execPath, ['scripts/pack-client.js', folder])
  const [tarball = '', size = ''] = stdout.split('\n')
  return { tarball, size }
}

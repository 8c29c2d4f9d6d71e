// What the README says is done as it says.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import ts from 'typescript'
import { findPostgres, startPostgres } from '../../scripts/postgres.js'
import { ask, logIn } from '../support/client.ts'
import { blocksOf, commandsIn, openShell, type Shell } from '../support/documents.ts'
import { freePort } from '../../scripts/free-port.js'
import { QUICK } from '../support/process.ts'

t.setTimeout(600_000)

const run = promisify(execFile)
const README = readFileSync('README.md', 'utf8')
const CLIENT = readFileSync('docs/client.md', 'utf8')
const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'))

const [start = '', test = '', curls = '', newModule = '', server = '', ...others] = blocksOf('sh', README)
const [guarded = '', elsewhere = '', client = '', ...otherCode] = blocksOf('ts', README)

// Another service's that are not for the tests to send: the token of the feed, and curl's status, on standard error.
const FEED_TOKEN = randomBytes(32).toString('base64')
const CURLRC = 'write-out = "%{stderr}%{http_code}"\n'

/** A clone, built; its packages are found further up. */
async function clone (t: Test): Promise<{ directory: string, env: Record<string, string | undefined> }> {
  const directory = t.testdir({ home: { '.curlrc': CURLRC } })
  const parts = ['src', 'client', 'scripts', 'migrations', 'dist', 'test/unit/modules/me.test.ts', 'test/support', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'tsconfig.client.json', 'eslint.config.js']
  for (const part of parts) await cp(part, join(directory, part), { recursive: true, preserveTimestamps: true })
  const home = join(directory, 'home')
  return { directory, env: { PATH: process.env.PATH, HOME: home, CURL_HOME: home, ...QUICK } }
}

/** The port of the README, where nobody else has it. */
async function findPort (): Promise<number> {
  const probe = createServer()
  const isFree = await new Promise<boolean>((resolve) => probe.once('error', () => resolve(false)).listen(3000, '127.0.0.1', () => resolve(true)))
  await new Promise((resolve) => probe.close(resolve))
  return isFree ? 3000 : freePort()
}

t.test('nothing is in it that is not tried here', async (t) => {
  t.strictSame([others, otherCode], [[], []])
  t.equal(test, 'npm ci && npm test\n')
  for (const [, name = ''] of README.matchAll(/npm (?:run )?(start|test|(?<=run )[\w:-]+)/g)) t.type(scripts[name], 'string', name)
  for (const document of ['README.md', 'docs/client.md', 'docs/deploying.md', 'examples/spa/README.md']) {
    const text = await readFile(document, 'utf8')
    for (const [, path = ''] of text.matchAll(/(?:\]\(|src=")(?!https?:|#)([^)#"]+)/g)) t.ok(existsSync(join(dirname(document), path)), `${document}: ${path}`)
  }
})

t.test('from the clone to the curls, a module of one\'s own, and another service', async (t) => {
  const { directory, env } = await clone(t)
  const port = await findPort()
  const address = `http://localhost:${port}`
  const terminal = openShell(t, directory, { ...env, FEED_TOKEN, ...(port !== 3000 && { PORT: String(port) }) })
  t.equal(start, 'npm ci && npm start\n')
  // The packages are there; that they can be had is shown wherever these tests run.
  const [, password = ''] = /password +(\S+)/.exec(await terminal.begin('npm start', 'Log in:')) ?? []

  await t.test('the curls', async (t) => {
    const shell = openShell(t, directory, env)
    const said = []
    for (const command of commandsIn(curls.replaceAll('localhost:3000', `localhost:${port}`).replace('THE-PRINTED-PASSWORD', password))) {
      const { code, stdout, stderr } = await shell.type(command)
      t.equal(code, 0, command)
      if (command.includes('curl')) said.push({ status: Number(stderr), body: stdout.trim() === '' ? undefined : JSON.parse(stdout) })
    }
    t.match(said, [
      { status: 200, body: undefined },
      { status: 200, body: { role: 'admin', session_id: String } },
      { status: 200, body: { access_token: String, refresh_token: String } },
      { status: 200, body: { sessions: [{ current: true }] } },
      { status: 204, body: undefined },
      { status: 401, body: { code: 'invalid_token' } }
    ])
    t.equal(said.length, 6)
  })

  await t.test('a module of one\'s own', async (t) => {
    const shell = openShell(t, directory, env)
    for (const command of commandsIn(newModule)) t.equal((await shell.type(command)).code, 0, command)
    for (const made of ['src/modules/ad-reports/index.ts', 'test/modules/ad-reports.test.ts']) t.ok(existsSync(join(directory, made)), made)
  })

  await t.test('a guarded module in another service', async (t) => {
    const source = `
      const FEED_TOKEN = '${FEED_TOKEN}'
      ${elsewhere.replace('https://auth.example.com', address)}
      import Fastify, { type FastifyReply } from 'fastify'
      import { type CurrentUser } from 'gatepass/edge'
      const app = Fastify()
      const campaignsOf = ({ id }: CurrentUser) => ({ list: () => [{ owner: id }] })
      const onCreate = (_request: unknown, reply: FastifyReply) => reply.code(201).send()
      ${guarded}
      await verifier.ready()
      for (const token of process.argv.slice(2)) {
        const { statusCode } = await app.inject({ url: '/campaigns', headers: token === '' ? {} : { authorization: \`Bearer \${token}\` } })
        console.log(statusCode)
      }
      await app.close()
      await verifier.close()
    `
    await writeFile(join(directory, 'service.ts'), source)
    t.equal(await typeErrors(directory, ['service.ts'], { lib: ['es2023'], types: ['node'] }), '')
    await writeFile(join(directory, 'service.js'), ts.transpileModule(source, { compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 } }).outputText)
    const admin = await logIn(address, 'admin@example.com', password)
    await ask(`${address}/admin/users`, { method: 'POST', token: admin.accessToken, body: { email: 'ada@example.com', password: 'correct horse battery staple', role: 'advertiser' } })
    const ada = await logIn(address, 'ada@example.com', 'correct horse battery staple')
    const { stdout } = await run(process.execPath, ['service.js', '', admin.accessToken, ada.accessToken], { cwd: directory })
    t.equal(stdout, '401\n403\n200\n')
    t.ok(existsSync(join(directory, 'edge.json')), 'what it knows is kept')
  })

  await t.test('the client, here and in its own document', async (t) => {
    const blocks = [client, ...blocksOf('ts', CLIENT)]
    const files = blocks.map((_block, index) => `client-${index}.ts`)
    for (const [index, file] of files.entries()) await writeFile(join(directory, file), `${blocks[index]}\nexport {}\n`)
    await writeFile(join(directory, 'native.d.ts'), `
      declare module 'react-native-url-polyfill/auto'
      declare module 'expo-secure-store' {
        export const AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY: number
        export function getItemAsync (key: string): Promise<string | null>
        export function setItemAsync (key: string, value: string, options?: { keychainAccessible?: number }): Promise<void>
        export function deleteItemAsync (key: string): Promise<void>
      }
    `)
    t.equal(await typeErrors(directory, [...files, 'native.d.ts'], { lib: ['es2022', 'dom'], types: [] }), '')
  })
})

t.test('on a Postgres server of one\'s own', { skip: findPostgres() === undefined && 'there is no Postgres server on this machine' }, async (t) => {
  const { directory, env } = await clone(t)
  const postgres = await startPostgres()
  t.teardown(() => postgres.remove())
  const shell = openShell(t, directory, { ...env, PORT: String(await freePort()), LOG_LEVEL: 'warn' })
  const commands = commandsIn(server.replace('postgres://gatepass@db/gatepass', `'${postgres.urlOf()}'`))
  t.equal(commands.pop(), 'npm start')
  for (const command of commands) t.match(await shell.type(command), { code: 0 }, command)
  await shell.begin('npm start', 'gatepass is at')

  const inline = [...README.matchAll(/`npx (gatepass (?!<)[^`]+)`/g)].map(([, command = '']) => command)
  t.ok(inline.length >= 6)
  for (const command of inline) {
    const kid = command.includes('KID') ? await firstKey(shell) : ''
    t.match(await shell.type(`npx ${command.replace('KID', kid)}`), { code: 0 }, command)
  }
})

async function firstKey (shell: Shell): Promise<string> {
  const { stdout } = await shell.type('npx gatepass keys list --json')
  const [, kid = ''] = /"kid":"([^"]+)"/.exec(stdout) ?? []
  return kid
}

/** What the compiler has to say, under the strictest of rules. */
async function typeErrors (cwd: string, files: readonly string[], { lib, types }: { lib: string[], types: string[] }): Promise<string> {
  const compilerOptions = { lib, types, module: 'nodenext', target: 'es2022', strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true, skipLibCheck: true }
  await writeFile(join(cwd, 'tsconfig.readme.json'), JSON.stringify({ compilerOptions, files }))
  const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc')
  return run(process.execPath, [tsc, '--project', 'tsconfig.readme.json'], { cwd }).then(() => '', ({ stdout }) => stdout)
}

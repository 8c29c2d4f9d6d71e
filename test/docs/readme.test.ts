// The README works as it says, and so does the code in the documents it leads to.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import ts from 'typescript'
import { ask, logIn } from '../support/client.ts'
import { clone } from '../support/clone.ts'
import { listCodeBlocks, parseCommands, openShell } from '../support/documents.ts'
import { freePort } from '../../scripts/free-port.js'

t.setTimeout(600_000)

const run = promisify(execFile)
const README = readFileSync('README.md', 'utf8')
const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'))

const [start = '', test = '', curls = '', newModule = '', ...others] = listCodeBlocks('sh', README)
const [guarded = '', elsewhere = '', framework = '', claims = '', client = '', ...otherCode] = listCodeBlocks('ts', README)

const FEED_TOKEN = randomBytes(32).toString('base64')

/** The port of the README, where nobody else has it. */
async function findPort (): Promise<number> {
  const probe = createServer()
  const isFree = await new Promise<boolean>((resolve) => {
    probe.once('error', () => resolve(false)).listen(3000, '127.0.0.1', () => resolve(true))
  })
  await new Promise((resolve) => probe.close(resolve))
  return isFree ? 3000 : freePort()
}

t.test('nothing is in it that is not tried here', async (t) => {
  t.strictSame([others, otherCode], [[], []])
  t.equal(test, 'npm ci && npm test\n')
  for (const [, name = ''] of README.matchAll(/npm (?:run )?(start|test|(?<=run )[\w:-]+)/g)) t.type(scripts[name], 'string', name)
})

t.test('its map names every folder of src, and every file but single functions', async (t) => {
  const [, map = ''] = /^## The map of src\n([^]*?)^## /m.exec(README) ?? []
  // The door, and single functions.
  const unnamed = ['index.ts', 'network-prefix.ts', 'package.ts', 'register.d.ts', 'tsconfig.json']
  const names = readdirSync('src', { withFileTypes: true }).map((entry) => entry.isDirectory() ? `${entry.name}/` : entry.name)
  t.strictSame(names.filter((name) => !map.includes(`\`${name}\``) && !unnamed.includes(name)), [])
  for (const [, name = ''] of map.matchAll(/`([\w-]+(?:\/|\.ts))`/g)) t.ok(names.includes(name), name)
})

t.test('from the clone to the curls, a module of one\'s own, and another service', async (t) => {
  const { directory, env } = await clone(t)
  const port = await findPort()
  const address = `http://localhost:${port}`
  const terminal = openShell(t, directory, { ...env, FEED_TOKEN, ...(port !== 3000 && { PORT: String(port) }) })
  t.equal(start, 'npm ci && npm start\n')
  // The packages are there; that they can be had is shown wherever these tests run.
  const [, password = ''] = /password +(\S+)/.exec(await terminal.start('npm start', 'Log in:')) ?? []

  await t.test('the curls', async (t) => {
    const shell = openShell(t, directory, env)
    const said = []
    for (const command of parseCommands(curls.replaceAll('localhost:3000', `localhost:${port}`).replace(
      'THE-PRINTED-PASSWORD', password
    ))) {
      const { code, stdout, stderr } = await shell.run(command)
      t.equal(code, 0, command)
      if (command.includes('curl')) said.push({ status: Number(stderr), body: stdout.trim() === '' ? undefined : JSON.parse(stdout) })
    }
    t.match(said, [
      { status: 200, body: undefined },
      { status: 200, body: { role: 'admin', session_id: String } },
      { status: 200, body: { access_token: String, refresh_token: String } },
      { status: 204, body: undefined },
      { status: 401, body: { code: 'invalid_token' } }
    ])
    t.equal(said.length, 5)
  })

  await t.test('a module of one\'s own', async (t) => {
    const shell = openShell(t, directory, env)
    const { code, stdout } = await shell.run(newModule.trim())
    t.equal(code, 0)
    const made = stdout.match(/(?:src|test)\/\S*ad-reports\S*\.ts/g) ?? []
    t.equal(made.length, 2, 'a module and its test')
    for (const path of made) t.ok(existsSync(join(directory, path)), path)
  })

  await t.test('a guarded module in another service', async (t) => {
    const expressPort = await freePort()
    const source = `
      const FEED_TOKEN = '${FEED_TOKEN}'
      ${elsewhere.replace('https://auth.example.com', address)}
      import Fastify, { type FastifyReply } from 'fastify'
      import express, { type Express } from 'express'
      import { type CurrentUser } from 'gatepass/edge'
      const app = Fastify()
      const campaignsFor = ({ id }: CurrentUser) => ({ list: () => [{ owner: id }] })
      const onCreate = (_request: unknown, reply: FastifyReply) => reply.code(201).send()
      const invoicesOf = (organisation: string) => ({ list: () => [organisation] })
      ${guarded}
      ${claims}
      const declareIn = (app: Express) => {
        ${framework}
        return app
      }
      const server = declareIn(express().set('env', 'test')).listen(${expressPort})
      await verifier.ready()
      for (const token of process.argv.slice(2)) {
        for (const url of ['/campaigns', '/invoices']) {
          const { statusCode, body } = await app.inject({ url, headers: token === '' ? {} : { authorization: \`Bearer \${token}\` } })
          console.log(url, statusCode, url === '/invoices' && statusCode === 200 ? body : '')
        }
        const headers = { authorization: \`Bearer \${token}\` }
        console.log('Express', (await fetch('http://127.0.0.1:${expressPort}/campaigns', { headers })).status)
      }
      server.close()
      await app.close()
      await verifier.close()
    `
    await writeFile(join(directory, 'service.ts'), source)
    t.equal(await typeErrors(directory, ['service.ts'], { lib: ['es2023'], types: ['node'] }), '')
    const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
    await writeFile(join(directory, 'service.js'), ts.transpileModule(source, { compilerOptions }).outputText)
    const admin = await logIn(address, 'admin@example.com', password)
    const body = { email: 'ada@example.com', password: 'correct horse battery staple', role: 'advertiser' }
    await ask(`${address}/admin/users`, { method: 'POST', token: admin.accessToken, body })
    const ada = await logIn(address, 'ada@example.com', 'correct horse battery staple')
    const acme = { email: 'bob@example.com', password: 'correct horse battery staple', role: 'advertiser', claims: { org_id: 'acme' } }
    await ask(`${address}/admin/users`, { method: 'POST', token: admin.accessToken, body: acme })
    const bob = await logIn(address, 'bob@example.com', 'correct horse battery staple')
    const tokens = ['', admin.accessToken, ada.accessToken, bob.accessToken]
    const { stdout } = await run(process.execPath, ['service.js', ...tokens], { cwd: directory })
    t.strictSame(stdout.trim().split('\n').map((line) => line.trim()), [
      '/campaigns 401', '/invoices 401', 'Express 401',
      '/campaigns 403', '/invoices 403', 'Express 403',
      '/campaigns 200', '/invoices 403', 'Express 200',
      '/campaigns 200', '/invoices 200 ["acme"]', 'Express 200'
    ])
    t.ok(existsSync(join(directory, 'edge.json')), 'what it knows is kept')
  })

  await t.test('the client, here and in its own document, and verifiers in theirs', async (t) => {
    const blocks = [client, ...listCodeBlocks('ts', readFileSync('docs/client.md', 'utf8'))]
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
    const [verifying = ''] = listCodeBlocks('ts', readFileSync('docs/verifying.md', 'utf8'))
    const [server = '', expressApp = '', hono = '', registered = ''] = listCodeBlocks('ts', readFileSync('docs/frameworks.md', 'utf8'))
    const services = { verifying, hono: `${server}\n${hono}`, express: `${server}\n${expressApp}\n${registered}` }
    for (const [name, source] of Object.entries(services)) await writeFile(join(directory, `${name}.ts`), source)
    // One of them registers types, which would count for the others.
    for (const sources of [['verifying.ts', 'hono.ts'], ['express.ts']]) {
      t.equal(await typeErrors(directory, sources, { lib: ['es2023'], types: ['node'] }), '')
    }
  })
})

/** The errors of the compiler, with its strictest rules. */
async function typeErrors (cwd: string, files: readonly string[], { lib, types }: { lib: string[], types: string[] }): Promise<string> {
  const strictest = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true }
  const compilerOptions = { ...strictest, lib, types, module: 'nodenext', target: 'es2022', noEmit: true, skipLibCheck: true }
  await writeFile(join(cwd, 'tsconfig.readme.json'), JSON.stringify({ compilerOptions, files }))
  const tsc = join(process.cwd(), 'node_modules/typescript/bin/tsc')
  return run(process.execPath, [tsc, '--project', 'tsconfig.readme.json'], { cwd }).then(() => '', ({ stdout }) => stdout)
}

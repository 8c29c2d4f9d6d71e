// The README works as it says, and so does the code in the documents it leads to.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { stage } from '../../scripts/stage.js'
import { ask, logIn } from '../support/client.ts'
import { clone } from '../support/clone.ts'
import { compile } from '../support/compile.ts'
import { listCodeBlocks, parseCommands, openShell } from '../support/documents.ts'
import { freePort } from '../../scripts/free-port.js'
import { startService } from '../support/process.ts'

t.setTimeout(600_000)

const run = promisify(execFile)
const README = readFileSync('README.md', 'utf8')
const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'))

const [start = '', test = '', curls = '', ...others] = listCodeBlocks('sh', README)
const [ownModule = '', elsewhere = '', framework = '', client = '', ...otherCode] = listCodeBlocks('ts', README)
const [, newModule = ''] = /`(npm run new-module [\w-]+)`/.exec(README) ?? []
const [verifying = '', registered = '', claims = ''] = listCodeBlocks('ts', readFileSync('docs/verifying.md', 'utf8'))

/** As they are installed. */
const PACKAGES = ['gatepass-verify', 'gatepass-edge', 'gatepass-client']

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
  const unnamed = [
    'index.ts', 'json-file.ts', 'language.ts', 'network-prefix.ts', 'package.ts', 'wakeup.ts', 'register.d.ts', 'tsconfig.json'
  ]
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
    const { code, stdout } = await shell.run(newModule)
    t.equal(code, 0)
    const made = stdout.match(/(?:src|test)\/\S*ad-reports\S*\.ts/g) ?? []
    t.equal(made.length, 2, 'a module and its test')
    for (const path of made) t.ok(existsSync(join(directory, path)), path)
  })

  for (const name of PACKAGES) await stage(name, join(directory, 'node_modules', name))

  await t.test('roles and modules of one\'s own', async (t) => {
    const source = `
      import type { FastifyInstance, FastifyReply } from 'fastify'
      import { closeDependencies, createLog, loadConfig, openDependencies } from 'gatepass'
      import type { CurrentUser } from 'gatepass/edge'
      const campaignsFor = ({ id }: CurrentUser) => ({ list: () => [{ owner: id }] })
      const onCreate = (_request: unknown, reply: FastifyReply) => reply.code(201).send()
      const config = loadConfig({ DATA_DIR: 'own-data' })
      const dependencies = await openDependencies(config, createLog({ level: 'fatal', stream: process.stderr }))
      ${ownModule}
      console.log((await app.inject('/api/campaigns')).statusCode, (await app.inject('/campaigns')).statusCode)
      await app.close()
      await closeDependencies(dependencies)
    `
    t.equal(typeErrors(directory, { 'own.ts': source }), '')
    t.equal((await run(process.execPath, ['own.js'], { cwd: directory })).stdout, '401 404\n')
    const mistyped = source.replace("allow: 'campaigns:write'", "allow: 'campaigns:wirte'").replace('isAdvertiser', 'isAdvertizer')
    const found = typeErrors(directory, { 'mistyped.ts': mistyped }).match(/error TS.*(wirte|Advertizer).*(?=\n)/g) ?? []
    t.match(found, [/isAdvertizer.* not exist/, /wirte.* not assignable/, /isAdvertizer.* not exist/, /wirte.* not assignable/])
  })

  await t.test('a guarded module in another service', async (t) => {
    const expressPort = await freePort()
    const source = `
      const FEED_TOKEN = '${FEED_TOKEN}'
      import Fastify from 'fastify'
      import express, { type Express } from 'express'
      import { type CurrentUser } from 'gatepass-edge'
      const app = Fastify()
      const campaignsFor = ({ id }: CurrentUser) => ({ list: () => [{ owner: id }] })
      const invoicesOf = (organisation: string) => ({ list: () => [organisation] })
      ${elsewhere.replace('https://auth.example.com', address)}
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
    t.equal(typeErrors(directory, { 'service.ts': source }), '')
    const mistyped = source.replace("guard({ allow: 'campaigns:read'", "guard({ allow: 'campaigns:raed'")
    t.match(typeErrors(directory, { 'mistyped.ts': mistyped }), /raed.* not assignable[^]*raed.* not assignable/)
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
  })

  await t.test('the READMEs of the packages', async (t) => {
    const [ofService = '', ofVerify = '', ofEdge = '', ofClient = ''] = ['gatepass', ...PACKAGES].map((name) => {
      const readme = readFileSync(`packages/${name}.md`, 'utf8').replaceAll('https://auth.example.com', address)
      return listCodeBlocks('ts', readme).join('\n')
    })
    const ports = [await freePort(), await freePort()].map(String)
    const [verifyPort = '', edgePort = ''] = ports
    t.equal(typeErrors(directory, { 'package-service.ts': ofService }), '')
    const services = { 'package-verify.ts': ofVerify.replace('3001', verifyPort), 'package-edge.ts': ofEdge.replace('3001', edgePort) }
    t.equal(typeErrors(directory, services), '', 'they register the same roles')
    t.equal(typeErrors(directory, { 'package-client.ts': ofClient }, 'page'), '')
    await writeFile(join(directory, 'packages.js'), `
      import { setTimeout } from 'node:timers/promises'
      import './package-verify.js'
      import './package-edge.js'
      import { showSessions } from './package-client.js'
      const [, , password, token] = process.argv
      for (const url of ['http://localhost:${verifyPort}/', 'http://localhost:${edgePort}/reports']) {
        const ask = (headers) => fetch(url, { headers })
        while ((await ask({ authorization: 'Bearer ' + token })).status === 503) await setTimeout(10)
        console.log((await ask({})).status, (await ask({ authorization: 'Bearer ' + token })).status)
      }
      await showSessions('admin@example.com', password)
      process.exit()
    `)
    const { accessToken } = await logIn(address, 'admin@example.com', password)
    const { stdout } = await run(process.execPath, ['packages.js', password, accessToken], {
      cwd: directory, env: { PATH: process.env.PATH, FEED_TOKEN }
    })
    t.match(stdout, /^401 200\n401 200\nadmin [1-9]\n$/)
    const service = await startService(t, { DATA_DIR: join(directory, 'package-data') }, { script: join(directory, 'package-service.js') })
    t.equal((await fetch(`${service.address}/api/reports`)).status, 401)
    await service.stop()
  })

  await t.test('the client, here and in its own document, and verifiers in theirs', async (t) => {
    const blocks = [client, ...listCodeBlocks('ts', readFileSync('docs/client.md', 'utf8'))]
    const native = `
      declare module 'react-native-url-polyfill/auto'
      declare module 'expo-secure-store' {
        export const AFTER_FIRST_UNLOCK_THIS_DEVICE_ONLY: number
        export function getItemAsync (key: string): Promise<string | null>
        export function setItemAsync (key: string, value: string, options?: { keychainAccessible?: number }): Promise<void>
        export function deleteItemAsync (key: string): Promise<void>
      }
    `
    const sources = Object.fromEntries(blocks.map((block, index) => [`client-${index}.ts`, `${block}\nexport {}\n`]))
    t.equal(typeErrors(directory, { ...sources, 'native.d.ts': native }, 'page'), '')
    const [server = '', expressApp = '', hono = '', registeredThere = ''] = listCodeBlocks('ts', readFileSync('docs/frameworks.md', 'utf8'))
    // One of them registers types, which would count for the others.
    t.equal(typeErrors(directory, { 'verifying.ts': `${verifying}\n${registered}`, 'hono.ts': `${server}\n${hono}` }), '')
    t.equal(typeErrors(directory, { 'express.ts': `${server}\n${expressApp}\n${registeredThere}` }), '')
  })
})

/** @returns the errors of the compiler under node16 and under bundler, each with the name of the file; it writes JavaScript, too */
function typeErrors (directory: string, sources: Record<string, string>, environment?: 'node' | 'page'): string {
  for (const [name, source] of Object.entries(sources)) writeFileSync(join(directory, name), source)
  const paths = Object.keys(sources).map((name) => join(directory, name))
  return (['node16, ES module', 'bundler'] as const).map((mode) => compile(paths, mode, environment)).join('')
}

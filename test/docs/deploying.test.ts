// What is written for containers, held to what there is. There is no engine here to run it: that its commands build and serve was tried by hand.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { parseEnv, promisify } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import { freePort } from '../../scripts/free-port.js'
import { findPostgres, startPostgres } from '../../scripts/postgres.js'
import { loadConfig } from '../../src/config/config.ts'
import { SETTINGS } from '../../src/config/schema.ts'
import { clone } from '../support/clone.ts'
import { blocksOf, commandsIn, openShell } from '../support/documents.ts'
import { runCommand } from '../support/process.ts'
import { runCommands } from '../support/run-commands.ts'

interface Service {
  image: string
  command?: string[]
  environment: Record<string, string>
  ports?: string[]
  volumes?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck?: object
}

const dockerfile = readFileSync('Dockerfile', 'utf8').split('\n').filter((line) => /^[A-Z]+ /.test(line)).map((line) => ({ word: line.split(' ', 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }))
const stages = dockerfile.reduce<Array<typeof dockerfile>>((all, instruction) => instruction.word === 'FROM' ? [...all, [instruction]] : [...all.slice(0, -1), [...all.at(-1) ?? [], instruction]], [])
const ignored = readFileSync('.dockerignore', 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
const compose: { services: Record<string, Service>, volumes: object } = parse(readFileSync('compose.yaml', 'utf8'), { merge: true })
const { scripts, engines } = JSON.parse(readFileSync('package.json', 'utf8'))
const defaults = loadConfig({})
const DOCUMENT = readFileSync('docs/deploying.md', 'utf8')
const [server = '', container = '', ...others] = blocksOf('sh', DOCUMENT)

/** What .env may say to no avail: where the container listens, where its data is, and which database is beside it. */
const OF_CONTAINER = ['HOST', 'PORT', 'DATA_DIR', 'DATABASE_LISTEN_URL']
const FIXED = ['DATABASE_URL', 'METRICS_PORT']

const valuesOf = (word: string, stage = stages.at(-1)) => (stage ?? []).filter((instruction) => instruction.word === word).map(({ rest }) => rest)

t.test('the image is made of what there is, and of nothing else', async (t) => {
  const [build, image] = stages
  t.equal(stages.length, 2)
  t.match(engines, { node: '>=20.19' })
  for (const stage of stages) t.match(valuesOf('FROM', stage)[0], /^node:20-slim( AS build)?$/)
  const sources = valuesOf('COPY', build).flatMap((rest) => rest.split(' ').slice(0, -1))
  for (const source of sources) {
    t.ok(existsSync(source), source)
    t.ok(ignored.includes(`!${source.replace(/\/$/, '')}`), `${source} gets past .dockerignore`)
  }
  t.strictSame(ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1)).sort(), [...sources].sort(), 'and so does nothing more: no .env, no data')
  t.equal(ignored[0], '*')
  t.match(valuesOf('RUN', build), [/^npm ci --ignore-scripts$/, /^apt-get update .* g\+\+ /, `${scripts['build:argon2']} x86-64-v3`, scripts.build, /^npm prune --omit=dev --ignore-scripts$/])
  t.strictSame(valuesOf('COPY', image).map((rest) => rest.split(' ').at(-2)), ['/app/package.json', '/app/node_modules', '/app/migrations', '/app/dist'])
})

t.test('it runs as nobody in particular, and what it runs is the service', async (t) => {
  const words = stages.at(-1)?.map(({ word }) => word) ?? []
  t.strictSame(valuesOf('USER'), ['node'])
  t.ok(words.lastIndexOf('RUN') < words.indexOf('USER'))
  for (const pair of valuesOf('ENV').flatMap((rest) => rest.split(' '))) t.ok(['NODE_ENV', 'MALLOC_ARENA_MAX', ...SETTINGS].includes(pair.split('=')[0] ?? ''), pair)
  t.strictSame(valuesOf('EXPOSE'), [String(defaults.port)])
  const [node, script = ''] = JSON.parse(valuesOf('ENTRYPOINT')[0] ?? '')
  t.equal(node, 'node')
  t.ok(existsSync(script))
  t.match(await runCommand(t, [...JSON.parse(valuesOf('CMD')[0] ?? ''), '--help'], {}).ended, { code: 0, stdout: /start the service/ })
})

t.test('the check of its health tells a service that answers from one that does not', async (t) => {
  const check = valuesOf('HEALTHCHECK')[0] ?? ''
  const [program, ...parameters]: string[] = JSON.parse(check.slice(check.indexOf('CMD ') + 4))
  t.equal(program, 'node')
  let status = 200
  const server = createServer((request, reply) => reply.writeHead(request.url === '/health/live' ? status : 404).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const PORT = String(typeof address === 'object' ? address?.port : 0)
  const codeOf = async () => (await runCommand(t, parameters.slice(1), { PORT }, { script: parameters[0] ?? '' }).ended).code
  t.equal(await codeOf(), 0)
  status = 503
  t.equal(await codeOf(), 1)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  t.equal(await codeOf(), 1)
})

t.test('the services of compose.yaml fit each other, and the settings', async (t) => {
  const { postgres, migrate, gatepass } = compose.services
  t.strictSame(Object.keys(compose.services), ['postgres', 'migrate', 'gatepass'])
  for (const service of [migrate, gatepass]) {
    const names = Object.keys(service?.environment ?? {})
    t.strictSame(names.filter((name) => name !== 'UV_THREADPOOL_SIZE').sort(), SETTINGS.filter((name) => !OF_CONTAINER.includes(name)).sort(), 'every setting gets there')
    for (const [name, value] of Object.entries(service?.environment ?? {})) if (!FIXED.includes(name)) t.ok(value.startsWith(`\${${name}:`), `${name} is what .env says`)
    t.equal(service?.image, 'gatepass')
    const filled = Object.fromEntries(Object.entries(service?.environment ?? {}).map(([name, value]) => [name, fill(value)]))
    t.match(loadConfig(filled), { database: { url: /^postgres:\/\/gatepass:[\da-f]+@postgres\/gatepass$/ }, metricsPort: 9464, issuer: 'http://localhost:3000' })
  }
  t.match(postgres?.environment, { POSTGRES_USER: 'gatepass', POSTGRES_DB: 'gatepass', POSTGRES_PASSWORD: /POSTGRES_PASSWORD/ })
  t.ok(postgres?.healthcheck)
  t.notOk(postgres?.ports, 'nobody outside reaches the database')
  t.strictSame(postgres?.volumes?.map((volume) => volume.split(':')[0]), Object.keys(compose.volumes))
  t.match(await runCommand(t, [...migrate?.command ?? [], '--help'], {}).ended, { code: 0, stdout: /schema of the database/ })
  t.strictSame(migrate?.depends_on, { postgres: { condition: 'service_healthy' } })
  t.strictSame(gatepass?.depends_on, { migrate: { condition: 'service_completed_successfully' } })
  t.strictSame(gatepass?.ports, [`127.0.0.1:3000-3001:${defaults.port}`], 'and the port of metrics is not published')
})

t.test('what the document writes into .env is what compose.yaml asks for', async (t) => {
  const [heredoc = '', up] = container.split(/(?<=^END\n)/m)
  t.equal(up, 'docker compose up --build --detach\n')
  const cwd = t.testdir()
  await promisify(execFile)('sh', ['-c', heredoc], { cwd })
  t.equal(statSync(`${cwd}/.env`).mode & 0o777, 0o600, 'for nobody else to read')
  const given = parseEnv(readFileSync(`${cwd}/.env`, 'utf8'))
  const written = Object.keys(given)
  const settings = Object.fromEntries(Object.entries(compose.services.gatepass?.environment ?? {}).map(([name, value]) => [name, fill(value, given)]))
  t.match(loadConfig(settings), { admin: { email: 'you@example.com', password: /^[\da-f]{24}$/ }, secretKeys: [Buffer] })
  const text = readFileSync('compose.yaml', 'utf8')
  const [asked, required] = [/\$\{(\w+)/g, /\$\{(\w+):\?/g].map((pattern) => new Set([...text.matchAll(pattern)].map(([, name = '']) => name)))
  t.strictSame(written.filter((name) => !asked?.has(name)), [])
  t.strictSame([...required ?? []].filter((name) => !written.includes(name)), [])
})

t.test('on a Postgres server of one\'s own', { skip: findPostgres() === undefined && 'there is no Postgres server on this machine' }, async (t) => {
  t.setTimeout(600_000)
  t.strictSame(others, [])
  const { directory, env } = await clone(t)
  const postgres = await startPostgres()
  t.teardown(() => postgres.remove())
  const shell = openShell(t, directory, { ...env, PORT: String(await freePort()), LOG_LEVEL: 'warn' })
  const commands = commandsIn(server.replace('postgres://gatepass@db/gatepass', `'${postgres.databaseUrl()}'`))
  t.equal(commands.pop(), 'npm start')
  for (const command of commands) t.match(await shell.type(command), { code: 0 }, command)
  await shell.begin('npm start', 'gatepass is at')

  // Down is another one's test: it would take the table from under the service.
  const inline = [...DOCUMENT.matchAll(/`npx gatepass ((?!<)[^`]+)`/g)].map(([, command = '']) => command).filter((command) => command !== 'migrate down')
  t.ok(inline.length >= 6)
  const { stdout: secret } = await shell.type('echo $SECRET_KEYS')
  const settings = { DATABASE_URL: postgres.databaseUrl(), SECRET_KEYS: secret.trim() }
  const [listing] = await runCommands(['keys list --json'], settings)
  const [, kid = ''] = /"kid":"([^"]+)"/.exec(listing?.stdout ?? '') ?? []
  for (const { command, code, stderr } of await runCommands(inline.map((command) => command.replace('KID', kid)), settings)) t.equal(code, 0, `${command} ${stderr}`)
})

/** As compose does, with what is given: by default, what is required. */
function fill (value: string, given: Record<string, string | undefined> = { POSTGRES_PASSWORD: 'c0ffee', SECRET_KEYS: randomBytes(32).toString('base64') }): string {
  return value.replace(/\$\{(\w+):([?-])([^}]*)\}/g, (_match, name: string, kind, text) => given[name] ?? (kind === '-' ? text : ''))
}

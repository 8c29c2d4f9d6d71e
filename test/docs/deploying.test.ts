// docs/deploying.md, Dockerfile and compose.yaml fit the service. That the image builds and runs: test/process/ops-image.test.ts.
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { parseEnv, promisify } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import { findHealthCheck, findValues, readDockerfile, readDockerignore } from '../../ops/dockerfile.js'
import { freePort } from '../../scripts/free-port.js'
import { findPostgres, startPostgres } from '../../scripts/postgres.js'
import { loadConfig } from '../../src/config/config.ts'
import { SETTINGS } from '../../src/config/schema.ts'
import { clone } from '../support/clone.ts'
import { listCodeBlocks, parseCommands, openShell } from '../support/documents.ts'
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

const stages = readDockerfile()
const [build, image] = stages
const ignored = readDockerignore()
const compose: { services: Record<string, Service>, volumes: object } = parse(readFileSync('compose.yaml', 'utf8'), { merge: true })
const { scripts, engines } = JSON.parse(readFileSync('package.json', 'utf8'))
const defaults = loadConfig({})
const DOCUMENT = readFileSync('docs/deploying.md', 'utf8')
// The others make and restore a backup: ops/least-role.js runs those.
const [server = '', container = ''] = listCodeBlocks('sh', DOCUMENT)

/** Settings that the container fixes: where it listens, where its data is, and which database it has. */
const OF_CONTAINER = ['HOST', 'PORT', 'DATA_DIR', 'DATABASE_LISTEN_URL']
const FIXED = ['DATABASE_URL', 'METRICS_PORT']
const ROLES = ['owner', 'app', 'retention']
const REQUIRED = {
  ...Object.fromEntries(ROLES.map((role) => [`GATEPASS_${role.toUpperCase()}_PASSWORD`, `c0ffee${role.length}`])),
  POSTGRES_PASSWORD: 'c0ffee',
  SECRET_KEYS: randomBytes(32).toString('base64')
}

t.test('the image contains what the service needs, and nothing else', async (t) => {
  t.equal(stages.length, 2)
  t.match(engines, { node: '>=20.19' })
  for (const { base } of stages) t.match(base, /^node:(22|24)-slim$/)
  const sources = findValues(build, 'COPY').flatMap((rest) => rest.split(' ').slice(0, -1))
  for (const source of sources) {
    t.ok(existsSync(source), source)
    t.ok(ignored.includes(`!${source.replace(/\/$/, '')}`), `${source} gets past .dockerignore`)
  }
  const copied = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1))
  t.strictSame(copied.sort(), [...sources].sort(), 'and nothing more does: no .env, no data')
  t.equal(ignored[0], '*')
  t.match(findValues(build, 'RUN'), [
    /^npm ci --ignore-scripts$/,
    /^apt-get update .* g\+\+ /,
    `${scripts['build:argon2']} x86-64-v3`,
    scripts.build,
    /^npm prune --omit=dev --ignore-scripts$/
  ])
  const inImage = findValues(image, 'COPY').map((rest) => rest.split(' ').at(-2))
  t.strictSame(inImage, ['/app/package.json', '/app/node_modules', '/app/migrations', '/app/dist'])
})

t.test('the image runs the service, as a user without privileges', async (t) => {
  const words = image?.instructions.map(({ word }) => word) ?? []
  t.strictSame(findValues(image, 'USER'), ['node'])
  t.ok(words.lastIndexOf('RUN') < words.indexOf('USER'))
  const known = ['NODE_ENV', 'MALLOC_ARENA_MAX', ...SETTINGS]
  for (const pair of findValues(image, 'ENV').flatMap((rest) => rest.split(' '))) t.ok(known.includes(pair.split('=')[0] ?? ''), pair)
  t.strictSame(findValues(image, 'EXPOSE'), [String(defaults.port)])
  const [node, script = ''] = JSON.parse(findValues(image, 'ENTRYPOINT')[0] ?? '')
  t.equal(node, 'node')
  t.ok(existsSync(script))
  const command = JSON.parse(findValues(image, 'CMD')[0] ?? '')
  t.match(await runCommand(t, [...command, '--help'], {}).ended, { code: 0, stdout: /start the service/ })
})

t.test('its health check fails unless the service answers', async (t) => {
  const [program, ...parameters] = findHealthCheck(image)
  t.equal(program, 'node')
  let status = 200
  const server = createServer((request, reply) => reply.writeHead(request.url === '/health/live' ? status : 404).end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const PORT = String(typeof address === 'object' ? address?.port : 0)
  const runCheck = async () => (await runCommand(t, parameters.slice(1), { PORT }, { script: parameters[0] ?? '' }).ended).code
  t.equal(await runCheck(), 0)
  status = 503
  t.equal(await runCheck(), 1)
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  t.equal(await runCheck(), 1)
})

t.test('the services of compose.yaml fit each other, and the settings', async (t) => {
  const { postgres, migrate, grants, maintain, gatepass } = compose.services
  t.strictSame(Object.keys(compose.services), ['postgres', 'migrate', 'grants', 'maintain', 'gatepass'])
  const names = Object.keys(gatepass?.environment ?? {})
  const settable = SETTINGS.filter((name) => !OF_CONTAINER.includes(name))
  t.strictSame(names.filter((name) => name !== 'UV_THREADPOOL_SIZE').sort(), settable.sort(), 'every setting is passed on')
  for (const [name, value] of Object.entries(gatepass?.environment ?? {})) {
    if (!FIXED.includes(name)) t.ok(value.startsWith(`\${${name}:`), `${name} comes from .env`)
  }
  t.match(loadConfig(fillAll(gatepass)), { metricsPort: 9464, issuer: 'http://localhost:3000' })
  for (const [role, service] of Object.entries({ app: gatepass, owner: migrate, retention: maintain })) {
    t.equal(service?.image, 'gatepass')
    const { url } = loadConfig(fillAll(service), { needsSecretKeys: service === gatepass }).database
    t.equal(url, `postgres://gatepass_${role}:c0ffee${role.length}@postgres/gatepass`, `with the rights of ${role}`)
    t.match(postgres?.environment, { [`GATEPASS_${role.toUpperCase()}_PASSWORD`]: /is not set/ }, 'which the first start makes')
  }
  t.strictSame(Object.keys(maintain?.environment ?? {}), ['DATABASE_URL', 'AUDIT_RETENTION_DAYS'], 'a job gets no secret of the service')
  for (const { volumes = [] } of [postgres ?? {}, grants ?? {}]) {
    const [source = ''] = volumes.find((volume) => volume.startsWith('./'))?.split(':') ?? []
    t.ok(existsSync(source), source)
  }
  t.ok(postgres?.healthcheck)
  t.notOk(postgres?.ports, 'nobody outside reaches the database')
  t.strictSame(postgres?.volumes?.map((volume) => volume.split(':')[0])[0], Object.keys(compose.volumes)[0])
  t.match(await runCommand(t, [...migrate?.command ?? [], '--help'], {}).ended, { code: 0, stdout: /schema of the database/ })
  t.strictSame(migrate?.depends_on, { postgres: { condition: 'service_healthy' } })
  t.strictSame(grants?.depends_on, { migrate: { condition: 'service_completed_successfully' } })
  t.strictSame(gatepass?.depends_on, { grants: { condition: 'service_completed_successfully' } })
  t.strictSame(gatepass?.ports, [`127.0.0.1:3000-3001:${defaults.port}`], 'and the port of metrics is not published')
})

t.test('the document writes the .env that compose.yaml needs', async (t) => {
  const [heredoc = '', up] = container.split(/(?<=^END\n)/m)
  t.equal(up, 'docker compose up --build --detach\n')
  const cwd = t.testdir()
  await promisify(execFile)('sh', ['-c', heredoc], { cwd })
  t.equal(statSync(`${cwd}/.env`).mode & 0o777, 0o600, 'for nobody else to read')
  const given = parseEnv(readFileSync(`${cwd}/.env`, 'utf8'))
  const written = Object.keys(given)
  const config = loadConfig(fillAll(compose.services.gatepass, given))
  t.match(config, { admin: { email: 'you@example.com', password: /^[\da-f]{24}$/ }, secretKeys: [Buffer] })
  const text = readFileSync('compose.yaml', 'utf8')
  const findNames = (pattern: RegExp) => new Set([...text.matchAll(pattern)].map(([, name = '']) => name))
  const [used, required] = [findNames(/\$\{(\w+)/g), findNames(/\$\{(\w+):\?/g)]
  t.strictSame(written.filter((name) => !used.has(name)), [])
  t.strictSame([...required].filter((name) => !written.includes(name)), [])
})

const skip = findPostgres() === undefined && 'there is no Postgres server on this machine'
t.test('the commands work on a Postgres server', { skip }, async (t) => {
  t.setTimeout(600_000)
  const { directory, env } = await clone(t)
  const postgres = await startPostgres()
  t.teardown(() => postgres.remove())
  // The clone is built already, which npx would do again.
  const settings = { PORT: String(await freePort()), LOG_LEVEL: 'warn', npm_config_ignore_scripts: 'true' }
  const shell = openShell(t, directory, { ...env, ...settings })
  const commands = parseCommands(server.replace('postgres://gatepass@db/gatepass', `'${postgres.databaseUrl()}'`))
  t.equal(commands.pop(), 'npm start')
  for (const command of commands) t.match(await shell.run(command), { code: 0 }, command)
  await shell.start('npm start', 'gatepass is at')

  const named = [...DOCUMENT.matchAll(/`npx gatepass ((?!<)[^`]+)`/g)].map(([, command = '']) => command)
  // Down would drop the tables of the running service.
  const inline = named.filter((command) => command !== 'migrate down')
  t.ok(inline.length >= 6)
  const { stdout: secret } = await shell.run('echo $SECRET_KEYS')
  const ofService = { DATABASE_URL: postgres.databaseUrl(), SECRET_KEYS: secret.trim() }
  const [listing] = await runCommands(['keys list --json'], ofService)
  const [, kid = ''] = /"kid":"([^"]+)"/.exec(listing?.stdout ?? '') ?? []
  const results = await runCommands(inline.map((command) => command.replace('KID', kid)), ofService)
  for (const { command, code, stderr } of results) t.equal(code, 0, `${command} ${stderr}`)
})

/** The environment of a service, with variables replaced as compose does; only the required ones are given by default. */
function fillAll (service: Service | undefined, given: Record<string, string | undefined> = REQUIRED): Record<string, string> {
  return Object.fromEntries(Object.entries(service?.environment ?? {}).map(([name, value]) => [name, fill(value, given)]))
}

function fill (value: string, given: Record<string, string | undefined>): string {
  return value.replace(/\$\{(\w+):([?-])([^}]*)\}/g, (_match, name: string, kind, text) => given[name] ?? (kind === '-' ? text : ''))
}

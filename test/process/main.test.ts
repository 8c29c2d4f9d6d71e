// The service as a process: started, stopped, killed, and started again.
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { findPostgres, startPostgres } from '../../scripts/postgres.js'
import { packageVersion } from '../../src/package.ts'
import { ask, logIn, refresh, parseTokens } from '../support/client.ts'
import { isInTime } from '../support/patience.ts'
import { freePort } from '../../scripts/free-port.js'
import { postgresSettings, QUICK, runCommand, startService } from '../support/process.ts'
import { until } from '../support/until.ts'
import { PASSWORD } from '../support/password.ts'
import { openSocket } from '../support/sockets.ts'

const run = promisify(execFile)
const postgres = { skip: findPostgres() === undefined && 'there is no Postgres server on this machine' }

t.test('the first start prints an admin, a password and a curl command; the second start keeps everything', async (t) => {
  const DATA_DIR = t.testdir()
  const first = await startService(t, { DATA_DIR })
  const [curl = ''] = /curl .*/.exec(first.stdout()) ?? []
  const [, password = ''] = /password +(\S+)/.exec(first.stdout()) ?? []
  const { stdout } = await run('sh', ['-c', `${curl} -s`])
  const { accessToken, refreshToken, sessionId } = parseTokens({ status: 200, body: JSON.parse(stdout) })
  t.match(await ask(`${first.address}/me`, { token: accessToken }), { status: 200, body: { role: 'admin', session_id: sessionId } })
  const jwks = await ask(`${first.address}/.well-known/jwks.json`)
  t.match(await first.stop(), { code: 0, signal: null })

  const second = await startService(t, { DATA_DIR, PORT: new URL(first.address).port })
  t.notMatch(second.stdout(), /password {2}|curl/)
  t.match(await ask(`${second.address}/me`, { token: accessToken }), { status: 200 })
  t.strictSame((await ask(`${second.address}/.well-known/jwks.json`)).body, jwks.body)
  t.match(await refresh(second.address, refreshToken), { status: 200, body: { session_id: sessionId } })
  t.type((await logIn(second.address, 'admin@example.com', password)).accessToken, 'string')
  for (const output of [first.stdout(), second.stdout()]) {
    t.equal(output.split(password).length - 1, output === first.stdout() ? 3 : 0, 'the password is printed, and in no line of the log')
  }
})

t.test('in a terminal, "npm start" logs readable lines, until Ctrl+C', {
  skip: !existsSync('/usr/bin/script') && 'there is no script(1) of util-linux on this machine'
}, async (t) => {
  const PORT = String(await freePort())
  const env = { PATH: process.env.PATH, HOME: tmpdir(), TERM: 'xterm-256color', ...QUICK, DATA_DIR: t.testdir(), PORT }
  const terminal = spawn('script', ['--quiet', '--return', '--flush', '--command', 'npm start', '/dev/null'], { env })
  let shown = ''
  terminal.stdout.setEncoding('utf8').on('data', (text) => { shown += text })
  const gone = new Promise((resolve) => terminal.once('close', resolve))
  t.teardown(async () => {
    terminal.kill('SIGKILL')
    await gone
  })
  await until(() => shown.includes('Log in:'), 60_000)
  const greeting = shown.slice(shown.indexOf('gatepass is at'))
  const address = `http://localhost:${PORT}`
  t.match(greeting, [
    `gatepass is at ${address}`, `  version   ${packageVersion()}`, `  docs      ${address}/docs`,
    `  mails     ${address}/dev/mails   (none is sent: set SMTP_URL)`, '  admin     admin@example.com',
    '  password  '
  ].join('\r\n'))
  const [curl = ''] = /curl [^\r]*/.exec(greeting) ?? []
  t.type(JSON.parse((await run('sh', ['-c', `${curl} -s`])).stdout).access_token, 'string')
  await ask(`http://localhost:${PORT}/me`)
  await until(() => shown.includes('/me'))
  // eslint-disable-next-line no-control-regex
  const plain = shown.replace(/\u001b\[\d+m/g, '')
  t.match(plain, /\d\d:\d\d:\d\d {2}POST \/auth\/login {2}200 {2}[\d.]+ ms {2}user=[\da-f-]{36}\r\n/)
  t.match(plain, /\d\d:\d\d:\d\d {2}GET \/me {2}401 {2}[\d.]+ ms\r\n/)
  t.not(plain, shown, 'there are colours')
  t.notMatch(plain, /\{"level"|"msg"/, 'and no JSON')
  terminal.stdin.write('\u0003')
  await gone
  t.match(shown, /closing .*signal=SIGINT/)
  t.notMatch(shown, 'second signal', 'npm passes on what the terminal has sent already')
})

t.test('without a terminal, "npm start" logs JSON, one object in each line', async (t) => {
  const PORT = String(await freePort())
  const child = spawn('npm', ['start'], {
    env: {
      PATH: process.env.PATH,
      HOME: tmpdir(),
      ...QUICK,
      DATA_DIR: t.testdir(),
      PORT,
      SHUTDOWN_DELAY: '2',
      // It becomes the service, so that what npm passes on is a second signal; dash stays in between.
      npm_config_script_shell: '/bin/bash',
      ADMIN_EMAIL: 'ada@example.com',
      ADMIN_PASSWORD: PASSWORD
    },
    detached: true
  })
  let shown = ''
  child.stdout.setEncoding('utf8').on('data', (text) => { shown += text })
  const gone = new Promise((resolve) => child.once('close', resolve))
  const stop = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, signal)
    await gone
  }
  t.teardown(() => stop('SIGKILL'))
  await until(() => shown.includes('Log in:'), 60_000)
  await ask(`http://localhost:${PORT}/me`)
  await stop('SIGTERM')
  const lines = shown.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line))
  t.ok(lines.some(({ msg, req, res, level }) => msg === 'request completed' && req.path === '/me' && res.status === 401 && level === 30))
  t.ok(lines.some(({ msg }) => msg === 'closing'))
  t.notOk(lines.some(({ event }) => event === 'second_signal'), 'npm passes on what the group of processes has got already')
  const rest = shown.split('\n').filter((line) => !line.startsWith('{') && !line.startsWith('> ') && line !== '')
  t.match(rest, ['gatepass is at', '  version', '  docs', '  mails', '  admin', 'Log in:', '  curl'], 'beside the banner')
  t.equal(rest.length, 7)
})

t.test('AV8: kill -9 loses no change that had a response', async (t) => {
  const DATA_DIR = t.testdir()
  const settings = { DATA_DIR, PORT: String(await freePort()), ADMIN_EMAIL: 'ada@example.com', ADMIN_PASSWORD: PASSWORD }
  const first = await startService(t, settings)
  const { refreshToken } = await logIn(first.address, 'ada@example.com', PASSWORD)
  await first.stop('SIGKILL')
  const second = await startService(t, settings)
  t.match(await refresh(second.address, refreshToken), { status: 200 })
})

t.test('a failed start is reported in one sentence, with exit code 1', async (t) => {
  const DATA_DIR = t.testdir()
  const { address } = await startService(t, { DATA_DIR })
  const taken = new URL(address).port
  const SECRET_KEYS = randomBytes(32).toString('base64')
  const table: Array<[name: string, settings: Record<string, string>, sentence: RegExp]> = [
    ['a setting', { PORT: 'eighty' }, /^gatepass: PORT must be integer\.\n$/],
    ['no secret', { DATABASE_URL: 'postgres://localhost/gatepass' }, /^gatepass: SECRET_KEYS is required with DATABASE_URL.*\n$/],
    [
      'a database that is away', { DATABASE_URL: `postgres://localhost:${await freePort()}/gatepass`, SECRET_KEYS },
      /^gatepass: The database cannot be reached \(connect ECONNREFUSED.*\): check DATABASE_URL\.\n$/
    ],
    [
      'a directory in use', { DATA_DIR },
      /^gatepass: Another process has the database in .* open: stop it, or set DATA_DIR to another directory\.\n$/
    ],
    [
      'a port in use', { DATA_DIR: `${DATA_DIR}/other`, PORT: taken },
      /^gatepass: 127\.0\.0\.1:\d+ is in use: stop what uses it, or set PORT\.\n$/
    ]
  ]
  for (const [name, settings, sentence] of table) {
    const { code, stderr } = await runCommand(t, ['serve'], { LOG_LEVEL: 'fatal', ...settings }).ended
    t.match(stderr, sentence, name)
    t.equal(code, 1, name)
  }
})

t.test('AV7, F21: on SIGTERM, requests in flight get responses, idle sockets are not waited for, and the exit code is 0', async (t) => {
  const service = await startService(t, {
    DATA_DIR: t.testdir(), ADMIN_EMAIL: 'ada@example.com', ADMIN_PASSWORD: PASSWORD, ARGON2_MEMORY: '262144', ARGON2_TIME: '3'
  })
  const { port } = new URL(service.address)
  const [silent, slow] = [openSocket(Number(port)), openSocket(Number(port))]
  slow.write('POST /auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{')
  await until(() => silent.readyState === 'open' && slow.readyState === 'open')
  const inFlight = logIn(service.address, 'ada@example.com', PASSWORD)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const startedAt = performance.now()
  const ended = service.stop()
  t.type((await inFlight).accessToken, 'string')
  t.match(await ended, { code: 0, signal: null, stderr: '' })
  t.ok(isInTime(performance.now() - startedAt, 10_000))
  await t.rejects(ask(`${service.address}/health/live`), 'nothing listens any more')
})

t.test('on a Postgres server, the operator runs the migrations and creates the first admin', postgres, async (t) => {
  const { settings } = await createServer(t)
  const pending = await runCommand(t, ['serve'], settings).ended
  t.match(pending, {
    code: 1, stderr: /^gatepass: The database lacks \d+ migrations \(0001_initial, .*\): run "npx gatepass migrate" first\.\n$/
  })
  t.match(await runCommand(t, ['migrate', '--json'], settings).ended, {
    code: 0, stdout: /^\{"direction":"up","moved":\["0001_initial",.*\],"pending":\[\]\}\n$/
  })
  const service = await startService(t, settings)
  t.match(service.stdout(), /There is no admin yet/)
  const created = await runCommand(t, [
    'user', 'create', 'ada@example.com', '--role', 'admin', '--password-stdin'
  ], settings, { stdin: `${PASSWORD}\n` }).ended
  t.match(created, { code: 0, stderr: '' })
  const { accessToken } = await logIn(service.address, 'Ada@Example.com', PASSWORD)
  t.match(await ask(`${service.address}/me`, { token: accessToken }), { status: 200, body: { role: 'admin' } })
})

t.test('VF22, ER9, AV1, AV9, F1: while the database is unreachable, tokens are verified and logins get a 503', postgres, async (t) => {
  const { server, settings } = await createServer(t)
  await runCommand(t, ['migrate'], settings).ended
  const service = await startService(t, { ...settings, ADMIN_EMAIL: 'ada@example.com', ADMIN_PASSWORD: PASSWORD })
  const { accessToken, refreshToken } = await logIn(service.address, 'ada@example.com', PASSWORD)
  await server.stop('immediate')
  t.match(await ask(`${service.address}/me`, { token: accessToken }), { status: 200 })
  t.match(await ask(`${service.address}/.well-known/jwks.json`), { status: 200 })
  t.match(await ask(`${service.address}/health/live`), { status: 200 })
  const away: Array<[name: string, url: string, options: Parameters<typeof ask>[1]]> = [
    ['login', '/auth/login', { method: 'POST', body: { email: 'ada@example.com', password: PASSWORD } }],
    ['refresh', '/auth/refresh', { method: 'POST', body: { refresh_token: refreshToken } }],
    ['logout', '/auth/logout', { method: 'POST', body: { refresh_token: refreshToken } }],
    ['account', '/account', { token: accessToken }],
    ['admin', '/admin/users', { token: accessToken }]
  ]
  for (const [name, url, options] of away) {
    const { status, headers, body } = await ask(`${service.address}${url}`, options)
    t.match(
      { status, code: body.code, retry: headers.get('retry-after') },
      { status: 503, code: 'credential_store_unavailable', retry: /^\d+$/ },
      name
    )
  }
  await until(async () => (await ask(`${service.address}/health/ready?strict`)).status === 503)
  t.match(await ask(`${service.address}/health/ready`), { status: 200, body: { status: 'ready', checks: { database: 'down' } } })
  await server.start()
  await until(async () =>
    (await ask(`${service.address}/auth/login`, { method: 'POST', body: { email: 'ada@example.com', password: PASSWORD } })).status === 200)
  t.match(await refresh(service.address, refreshToken), { status: 200 }, 'no session was lost')
  await until(async () => (await ask(`${service.address}/health/ready?strict`)).status === 200)
})

async function createServer (t: Test) {
  const server = await startPostgres()
  t.teardown(() => server.remove())
  return { server, settings: postgresSettings(server.databaseUrl()) }
}

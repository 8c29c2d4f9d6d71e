// The process between SIGTERM and its end, as a load balancer sees it.
import { randomBytes } from 'node:crypto'
import { request, type IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import { ask, logIn } from '../support/client.ts'
import { PASSWORD } from '../support/password.ts'
import { startService, type Service } from '../support/process.ts'
import { openSocket, receive } from '../support/sockets.ts'
import { until } from '../support/until.ts'

const FEED_TOKEN = randomBytes(32).toString('base64')
const GET_LIVE = 'GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n'
/** Longer than any test waits. */
const LONG_SECONDS = '300'

function start (t: Test, SHUTDOWN_DELAY: string): Promise<Service> {
  const admin = { ADMIN_EMAIL: 'ada@example.com', ADMIN_PASSWORD: PASSWORD }
  return startService(t, { DATA_DIR: t.testdir(), ...admin, LOG_LEVEL: 'info', FEED_TOKEN, SHUTDOWN_DELAY })
}

/** @returns its events in order */
function readEvents (output: string): string[] {
  return output.split('\n').filter((line) => line.startsWith('{')).flatMap((line) => JSON.parse(line).event ?? [])
}

async function openFeed (address: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${FEED_TOKEN}`, accept: 'text/event-stream' }
  return new Promise((resolve, reject) => request(`${address}/revocations`, { agent: false, headers }, resolve).on('error', reject).end())
}

t.test('AV7: after SIGTERM a service is not ready, serves what still comes, and then ends', async (t) => {
  const service = await start(t, '8')
  const { address } = service
  const port = Number(new URL(address).port)
  const { accessToken, refreshToken } = await logIn(address, 'ada@example.com', PASSWORD)
  const feed = await openFeed(address)
  const hasEnded = new Promise<true>((resolve) => feed.resume().once('end', () => resolve(true)))
  const keptAlive = openSocket(port)
  keptAlive.write(GET_LIVE)
  await new Promise((resolve) => keptAlive.once('data', resolve))

  const ended = service.stop('SIGTERM')
  const isOver = ended.then(() => false)
  t.ok(await Promise.race([hasEnded, isOver]), 'the feed ends before the process does')
  const refused = await openFeed(address)
  t.equal(refused.statusCode, 503, 'and is not opened again')
  refused.resume()
  t.match(await ask(`${address}/health/ready`), { status: 503, body: { code: 'not_ready', errors: [{ path: 'draining' }] } })
  t.match(await ask(`${address}/health/live`), { status: 200 })
  const answer = receive(keptAlive)
  keptAlive.write(GET_LIVE)
  t.match(await answer, { status: 200, headers: { connection: 'close' } }, 'a connection closes after its next response')
  t.match(await ask(`${address}/me`, { token: accessToken }), { status: 200 })
  const { accessToken: later } = await logIn(address, 'ada@example.com', PASSWORD)
  t.equal((await ask(`${address}/auth/logout`, { method: 'POST', body: { refresh_token: refreshToken } })).status, 204)
  await until(async () => (await ask(`${address}/me`, { token: accessToken })).status === 401)
  t.match(await ask(`${address}/me`, { token: later }), { status: 200 }, 'revocations are followed')

  const { code, stdout } = await ended
  t.equal(code, 0)
  t.strictSame(readEvents(stdout).filter((event) => ['draining', 'closing'].includes(event)), ['draining', 'closing'])
  await t.rejects(ask(`${address}/health/live`))
})

t.test('Ctrl+C is followed by no delay', async (t) => {
  const service = await start(t, LONG_SECONDS)
  const { code, stdout } = await service.stop('SIGINT')
  t.equal(code, 0)
  t.notOk(readEvents(stdout).includes('draining'))
})

t.test('a second signal ends a service that is draining', async (t) => {
  const service = await start(t, LONG_SECONDS)
  const ended = service.stop('SIGTERM')
  await until(() => readEvents(service.stdout()).includes('draining'))
  service.stop('SIGINT').catch(() => {})
  const { code, stdout } = await ended
  t.equal(code, 1)
  t.strictSame(readEvents(stdout).slice(-2), ['draining', 'second_signal'])
})

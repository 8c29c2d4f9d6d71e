// Clients that send and do not read: what they can make a service hold, as the machine counts it.
import { existsSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'
import t from 'tap'
import { onPostgres } from '../support/database.ts'
import { freePort, postgresSettings, startService, type Service } from '../support/process.ts'

const HOST = 'host: example.com\r\n'
const SOCKETS = 600
/** Of the service, idle, and what so many connections take; it was 1,750 MiB. */
const MAX_GROWTH_MIB = 150

const onLinux: typeof onPostgres = existsSync('/proc/self/status') ? onPostgres : (t, name) => t.test(name, { skip: 'the machine does not tell how much memory a process takes' }, async () => {})

/** What is sent on every connection, where to. */
const FLOODS: ReadonlyArray<readonly [name: string, port: 'service' | 'metrics', requests: string]> = [
  ['300 requests', 'service', `GET /me HTTP/1.1\r\n${HOST}\r\n`.repeat(300)],
  ['16 requests for the document', 'service', `GET /openapi.json HTTP/1.1\r\n${HOST}\r\n`.repeat(16)],
  ['16 requests for the largest file', 'service', `GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\n${HOST}\r\n`.repeat(16)],
  ['16 bodies', 'service', `POST /auth/login HTTP/1.1\r\n${HOST}content-type: application/json\r\ncontent-length: 4000\r\n\r\n${' '.repeat(4000)}`.repeat(16)],
  ['300 requests for the metrics', 'metrics', `GET /metrics HTTP/1.1\r\n${HOST}\r\n`.repeat(300)]
]

for (const [name, target, requests] of FLOODS) {
  onLinux(t, `${SOCKETS} connections of which each sends ${name} and reads nothing take little memory, and others are served`, async (t, _database, url) => {
    const metricsPort = await freePort()
    const service = await startService(t, { ...postgresSettings(url), METRICS_PORT: String(metricsPort) }, { script: process.env.OLD_MAIN })
    const port = target === 'metrics' ? metricsPort : Number(new URL(service.address).port)
    for (let turn = 0; turn < 20; turn++) await ask(service)
    const before = memoryOf(service)
    const sockets = await openAll(t, port)
    for (const socket of sockets) socket.write(requests)
    // Each of these is answered in between, and the flood has been read when they are.
    let most = 0
    for (let turn = 0; turn < 100; turn++) {
      t.equal(await ask(service), 200)
      most = Math.max(most, memoryOf(service))
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    t.ok(most - before < MAX_GROWTH_MIB, `${most - before} MiB more than ${before}`)
  })
}

/** Connections that never read. */
async function openAll (t: Test, port: number): Promise<Socket[]> {
  const sockets = Array.from({ length: SOCKETS }, () => connect(port, '127.0.0.1').pause().on('error', () => {}))
  t.teardown(() => sockets.forEach((socket) => socket.destroy()))
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))))
  return sockets
}

async function ask ({ address }: Service): Promise<number> {
  const response = await fetch(`${address}/health/live`, { signal: AbortSignal.timeout(15_000) })
  await response.arrayBuffer()
  return response.status
}

function memoryOf ({ pid }: Service): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kib) / 1024)
}

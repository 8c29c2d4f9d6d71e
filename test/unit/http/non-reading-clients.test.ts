// Clients that send and never read: how much memory they can make the service hold.
import { existsSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { onPostgres } from '../../support/database.ts'
import { freePort } from '../../../scripts/free-port.js'
import { postgresSettings, startService, type Service } from '../../support/process.ts'
import { openSocket } from '../../support/sockets.ts'

const HOST = 'host: example.com\r\n'
const SOCKETS = 500
/** Without pipelining limits it was 1,500 MiB. */
const MAX_GROWTH_MIB = 220

const onLinux: typeof onPostgres = existsSync('/proc/self/status')
  ? onPostgres
  : (t, name) => t.test(
      name, { skip: 'the system does not report the memory of a process' }, async () => {}
    )

/** The requests that are sent on every connection, by name. */
const FLOODS: ReadonlyArray<readonly [name: string, port: 'service' | 'metrics', requests: string]> = [
  ['300 requests', 'service', `GET /me HTTP/1.1\r\n${HOST}\r\n`.repeat(300)],
  ['16 requests for the document', 'service', `GET /openapi.json HTTP/1.1\r\n${HOST}\r\n`.repeat(16)],
  ['16 requests for the largest file', 'service', `GET /docs/static/swagger-ui-bundle.js HTTP/1.1\r\n${HOST}\r\n`.repeat(16)],
  [
    '16 bodies', 'service',
    `POST /auth/login HTTP/1.1\r\n${HOST}content-type: application/json\r\ncontent-length: 4000\r\n\r\n${' '.repeat(4000)}`.repeat(16)
  ],
  ['300 requests for the metrics', 'metrics', `GET /metrics HTTP/1.1\r\n${HOST}\r\n`.repeat(300)]
]

onLinux(t, 'clients that send and read nothing take little memory, and others are served meanwhile', async (t, _database, url) => {
  const metricsPort = await freePort()
  const service = await startService(t, { ...postgresSettings(url), METRICS_PORT: String(metricsPort) })
  const ports = { service: Number(new URL(service.address).port), metrics: metricsPort }
  for (let turn = 0; turn < 20; turn++) await ask(service)
  const before = memoryOf(service)
  for (const [name, target, requests] of FLOODS) {
    const sockets = await openAll(t, ports[target])
    for (const socket of sockets) socket.write(requests)
    let most = 0
    // Once these have responses, everything sent before has been read.
    for (let turn = 0; turn < 30; turn++) {
      if (await ask(service) !== 200) t.fail(`${name}: others are not served`)
      most = Math.max(most, memoryOf(service))
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    t.ok(most - before < MAX_GROWTH_MIB, `${name}: ${most - before} MiB more than ${before}`)
    for (const socket of sockets) socket.destroy()
  }
})

/** Connections that never read. */
async function openAll (t: Test, port: number): Promise<Socket[]> {
  const sockets = Array.from({ length: SOCKETS }, () => openSocket(port).pause())
  t.teardown(() => sockets.forEach((socket) => socket.destroy()))
  await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve).once('close', resolve))))
  return sockets
}

async function ask ({ address }: Service): Promise<number> {
  const response = await fetch(`${address}/health/live`, { signal: AbortSignal.timeout(20_000) })
  await response.arrayBuffer()
  return response.status
}

function memoryOf ({ pid }: Service): number {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kib) / 1024)
}

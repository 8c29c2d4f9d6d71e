// What it costs gatepass when a gateway asks it about the token of each request: by GET /auth/check, and by what gateways used before.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../scripts/free-port.js'
import { rotate, totalCpu } from './harness/compare.js'
import { countResponses, requestWith, startLoad } from './harness/load.js'
import { onCore, OTHER_CORE } from './harness/machine.js'
import { figure, ratio, toBars, toTable } from './harness/present.js'
import { startServer, waitUntilReady } from './harness/processes.js'
import { logIn, PASSWORD, SERVICE } from './harness/service.js'
import { toRatioSpread, toSpread } from './harness/statistics.js'

export const title = 'A check for a gateway'
export const description = 'nginx with auth_request in front of a file that needs a token: server CPU of gatepass for a request.'
export const missing = spawnSync('nginx', ['-v']).error === undefined ? undefined : 'there is no nginx on this machine'

const KEEPALIVE = 'proxy_http_version 1.1; proxy_set_header Connection "";'
/** What nginx asks, and how. */
const CANDIDATES = [
  { name: 'check', title: 'GET /auth/check, kept connections', path: '/auth/check?allow=account:read', directives: KEEPALIVE },
  { name: 'head', title: 'HEAD /me, kept connections', path: '/me', directives: `${KEEPALIVE} proxy_method HEAD;` },
  { name: 'get', title: 'GET /me, as nginx does without further settings', path: '/me', directives: '' }
]
const CLIENTS = Array.from({ length: 10 })

/**
 * @param {import('./harness/plan.js').Plan} plan
 * @returns {Promise<import('./harness/results.js').Findings>}
 */
export async function run ({ rounds, warmUp, slices, slice }) {
  /** @type {Array<Record<string, number>>} microseconds for a request, by candidate */
  const samples = []
  for (let round = 0; round < rounds; round++) samples.push(await measureRound(round))
  return present(samples)

  /** @param {number} round */
  async function measureRound (round) {
    const directory = await mkdtemp(join(tmpdir(), 'gatepass-bench-'))
    const environment = { DATA_DIR: directory, ADMIN_EMAIL: 'admin@example.com', ADMIN_PASSWORD: PASSWORD, LOG_LEVEL: 'warn' }
    const server = await startServer({ entry: SERVICE, parameters: ['serve'], environment })
    const nginx = await startNginx(directory, server.address)
    const load = startLoad()
    try {
      const request = requestWith(await logIn(server.address, environment.ADMIN_EMAIL))
      const send = (/** @type {string} */ name, /** @type {number} */ amount) => {
        const requests = CLIENTS.map(() => ({ ...request, path: `/${name}/file` }))
        return load.run({ address: nginx.address, requests, connections: requests.length, amount })
      }
      /** @type {Record<string, number>} */
      const cpu = {}
      for (const { name } of CANDIDATES) countResponses(await send(name, warmUp / 4))
      for (let turn = 0; turn < slices; turn++) {
        for (const { name } of rotate(CANDIDATES, round + turn)) {
          const before = await server.usage()
          const requested = countResponses(await send(name, slice))
          const after = await server.usage()
          cpu[name] = (cpu[name] ?? 0) + (totalCpu(after.cpu) - totalCpu(before.cpu)) / requested / slices
        }
      }
      return cpu
    } finally {
      await load.stop()
      await nginx.stop()
      await server.stop()
      await rm(directory, { recursive: true })
    }
  }
}

/**
 * @param {string} directory for its files
 * @param {string} gatepass address
 */
async function startNginx (directory, gatepass) {
  const port = await freePort()
  const locations = CANDIDATES.map(({ name, path, directives }) => `
    location /${name}/ { auth_request /ask/${name}; empty_gif; }
    location = /ask/${name} {
      internal; proxy_pass ${directives === '' ? gatepass : 'http://gatepass'}${path};
      proxy_pass_request_body off; proxy_set_header Content-Length ""; ${directives}
    }`)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${directory}/${kind};`)
  await writeFile(join(directory, 'nginx.conf'), `daemon off; pid ${directory}/nginx.pid; error_log stderr crit;
    events {}
    http {
      access_log off; ${temporary.join(' ')}
      upstream gatepass { server ${new URL(gatepass).host}; keepalive ${CLIENTS.length}; keepalive_requests 1000000; }
      server { listen 127.0.0.1:${port}; keepalive_requests 1000000; ${locations.join('')} }
    }`)
  const [program, parameters] = onCore(OTHER_CORE, ['nginx', '-e', 'stderr', '-p', directory, '-c', join(directory, 'nginx.conf')])
  const child = spawn(program, parameters, { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(child, 'exit')
  const address = `http://127.0.0.1:${port}`
  await waitUntilReady(address)
  return {
    address,
    async stop () {
      child.kill('SIGTERM')
      await ended
    }
  }
}

/**
 * @param {Array<Record<string, number>>} samples
 * @returns {import('./harness/results.js').Findings}
 */
function present (samples) {
  const collect = (/** @type {string} */ name) => samples.map((sample) => sample[name] ?? NaN)
  const rows = CANDIDATES.map(({ name, title }) => ({
    title, spread: toSpread(collect(name)), ratio: toRatioSpread(collect(name), collect('check'))
  }))
  return {
    tables: [toTable(
      ['what nginx asks', 'CPU of gatepass, us a request', 'by GET /auth/check'],
      rows.map(({ title, spread, ratio: toCheck }) => [title, figure(spread), ratio(toCheck)])
    )],
    notes: ['One token, in the embedded mode: no query is made. The CPU of nginx is not counted.'],
    budgets: [],
    chart: { title: 'CPU of gatepass for one request through nginx', unit: ' us', bars: toBars(rows) }
  }
}

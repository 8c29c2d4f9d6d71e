// The processes under test: a Postgres server, two instances of the service and an edge.
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../scripts/free-port.js'
import { startPostgres } from '../scripts/postgres.js'
import { sendRequest } from './request.js'

/** @param {string} path */
const fromRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const MAIN = fromRoot('dist/cli/main.js')
const EDGE = fromRoot('examples/two-services/ads.js')

/** Longer than the deadline that the service has for every request. */
const RESPONSE_TIMEOUT_MS = 15_000

/** @typedef {Awaited<ReturnType<typeof createEnvironment>>} Environment */

/** @param {{ invariants: import('./invariants.js').Invariants }} options */
export async function createEnvironment ({ invariants }) {
  const postgres = await startPostgres()
  const ports = [await freePort(), await freePort(), await freePort()]
  const [issuer = '', second = '', third = ''] = ports.map((port) => `http://localhost:${port}`)
  const feedToken = randomBytes(32).toString('base64url')
  const settings = {
    DATABASE_URL: postgres.databaseUrl(),
    SECRET_KEYS: randomBytes(32).toString('base64'),
    FEED_TOKEN: feedToken,
    ISSUER: issuer,
    LOG_LEVEL: 'error',
    LOGIN_RATE_PER_MINUTE: '10000',
    SESSIONS_PER_USER: '10000',
    ARGON2_MEMORY: '1024',
    ARGON2_TIME: '1'
  }
  await promisify(execFile)(process.execPath, [MAIN, 'migrate'], { cwd: tmpdir(), env: { PATH: process.env.PATH, ...settings } })
  const instances = [issuer, second].map((address, index) => new ServerProcess({
    invariants,
    name: `instance ${index + 1}`,
    address,
    guardedPath: '/me',
    parameters: [MAIN, 'serve'],
    settings: { ...settings, PORT: new URL(address).port },
    readyPattern: /gatepass is at/
  }))
  const edge = new ServerProcess({
    invariants,
    name: 'edge',
    address: third,
    guardedPath: '/reports',
    parameters: [EDGE],
    settings: { ISSUER: issuer, FEED_TOKEN: feedToken, PORT: new URL(third).port },
    readyPattern: /the ads API is at/
  })
  const servers = [...instances, edge]

  return {
    postgres,
    instances,
    /** All that verify access tokens. */
    verifiers: servers,
    async start () {
      for (const server of servers) await server.start()
    },
    /**
     * Sends a request, and checks the invariants of every response.
     *
     * @param {ServerProcess} server
     * @param {string} name of the request, for the counts
     * @param {string} path
     * @param {import('./request.js').RequestOptions} [options]
     * @returns {Promise<import('./request.js').HttpResponse | undefined>} undefined without a response: the server was down, or the
     *   request was aborted
     */
    async request (server, name, path, options = {}) {
      const { isUp, starts } = server
      const timeout = AbortSignal.timeout(RESPONSE_TIMEOUT_MS)
      const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout
      try {
        const response = await sendRequest(`${server.address}${path}`, { ...options, signal })
        invariants.checkResponse(name, response)
        return response
      } catch (error) {
        invariants.count(`${name}: no response`)
        const isExpected = !isUp || !server.isUp || server.starts !== starts || options.signal?.aborted
        if (!isExpected) invariants.violate('a running server responds in time', { name, server: server.name, error: String(error) })
        return undefined
      }
    },
    async close () {
      for (const server of servers) await server.kill()
      await postgres.remove()
    }
  }
}

/**
 * @typedef {object} ServerOptions
 * @property {import('./invariants.js').Invariants} invariants
 * @property {string} name
 * @property {string} address
 * @property {string} guardedPath that needs a token
 * @property {string[]} parameters of Node
 * @property {Record<string, string>} settings its environment
 * @property {RegExp} readyPattern of its output, once it is up
 */

/** A process that serves HTTP, and that can be killed and started again. */
export class ServerProcess {
  isUp = false
  starts = 0
  /** @type {ServerOptions} */
  #options
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child
  /** @type {Promise<unknown>} */
  #exited = Promise.resolve()

  /** @param {ServerOptions} options */
  constructor (options) {
    this.#options = options
    this.name = options.name
    this.address = options.address
    this.guardedPath = options.guardedPath
  }

  /** Tries again until it is up: while the database is down, the service does not start. */
  async start () {
    while (!await this.#spawn()) await sleep(200)
    this.starts++
    this.isUp = true
  }

  /** As with kill -9. */
  async kill () {
    this.isUp = false
    this.#child?.kill('SIGKILL')
    await this.#exited
  }

  async #spawn () {
    const { invariants, name, parameters, settings, readyPattern } = this.#options
    let output = ''
    const environment = { PATH: process.env.PATH, ...settings }
    const child = spawn(process.execPath, parameters, { cwd: tmpdir(), env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text })
    this.#exited = new Promise((resolve) => child.once('close', (code, signal) => {
      const details = { name, code, signal, output: output.slice(-20_000) }
      if (this.isUp && this.#child === child) invariants.violate('no process exits by itself', details)
      this.isUp = false
      resolve(undefined)
    }))
    while (!readyPattern.test(output)) {
      if (child.exitCode !== null || child.signalCode !== null) return false
      await sleep(10)
    }
    return true
  }
}

// Two instances on one Postgres, behind HAProxy and nginx as deploy/ configures them.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../scripts/free-port.js'
import { findPostgres, startPostgres } from '../scripts/postgres.js'
import { QUICK_SETTINGS, startService } from '../scripts/service-process.js'
import { assertSucceeded, gatepass } from './database.js'
import { startProxy } from './proxies.js'
import { MissingToolError, requireTools } from './report.js'

/** @typedef {Awaited<ReturnType<typeof startPair>>} Pair */
/** @typedef {{ status: number, headers: import('node:http').IncomingHttpHeaders, body: string }} Reply */

export const ADMIN = { email: 'root@example.com', password: 'correct horse battery staple' }
export const FEED_TOKEN = randomBytes(32).toString('base64url')
/** As by default on an address that is not loopback. */
export const DELAY_SECONDS = 5

/** @throws {MissingToolError} */
export async function startPair () {
  requireTools('haproxy', 'nginx')
  if (findPostgres() === undefined) throw new MissingToolError('there is no Postgres server on this machine')
  const postgres = await startPostgres()
  const directory = await mkdtemp(join(tmpdir(), 'gatepass-pair-'))
  /** @type {Array<() => Promise<void>>} */
  const closers = [() => rm(directory, { recursive: true }), () => postgres.remove()]
  async function stop () {
    for (const close of closers.reverse()) await close()
  }
  try {
    const ports = [await freePort(), await freePort()]
    const publicPort = await freePort()
    const settings = {
      ...QUICK_SETTINGS,
      DATABASE_URL: postgres.databaseUrl(),
      SECRET_KEYS: randomBytes(32).toString('base64'),
      ISSUER: `http://127.0.0.1:${publicPort}`,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      TRUST_PROXY: '127.0.0.1',
      SESSIONS_PER_USER: '10000',
      SHUTDOWN_DELAY: String(DELAY_SECONDS),
      FEED_TOKEN
    }
    assertSucceeded(await gatepass('migrate', settings), 'migrate')
    /** @type {Instance[]} */
    const instances = []
    for (const port of ports) {
      const instance = new Instance(settings, port, directory)
      closers.push(async () => { await instance.stop('SIGINT') })
      await instance.start()
      instances.push(instance)
    }
    const named = { 3000: ports[0] ?? 0, 3001: ports[1] ?? 0 }
    const haproxy = await startProxy({ program: 'haproxy', files: ['deploy/haproxy.cfg'], port: publicPort, ports: named })
    closers.push(haproxy.stop)
    const nginx = await startProxy({ program: 'nginx', files: ['deploy/nginx.conf'], port: await freePort(), ports: named })
    closers.push(nginx.stop)
    return { postgres, instances, proxies: { HAProxy: haproxy.address, nginx: nginx.address }, issuer: settings.ISSUER, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** An instance that can be restarted. */
class Instance {
  #settings
  #directory
  /** @type {Awaited<ReturnType<typeof startService>> | undefined} */
  #process

  /**
   * @param {Record<string, string>} settings
   * @param {number} port
   * @param {string} directory
   */
  constructor (settings, port, directory) {
    this.address = `http://127.0.0.1:${port}`
    this.#settings = { ...settings, PORT: String(port) }
    this.#directory = directory
  }

  async start () {
    this.#process = await startService(this.#settings, this.#directory)
    while ((await send(`${this.address}/health/ready`).catch(() => undefined))?.status !== 200) await sleep(50)
  }

  /**
   * @param {NodeJS.Signals} signal only SIGTERM is followed by a delay
   * @returns {Promise<number | null | undefined>} its exit code
   */
  async stop (signal) {
    await this.#process?.stop(signal)
    return this.#process?.exitCode
  }
}

/**
 * Sends a request and reads the response.
 *
 * @param {string} url
 * @param {{ method?: string, token?: string, body?: object, accept?: string, agent?: import('node:http').Agent }} [options]
 * @returns {Promise<Reply>}
 */
export async function send (url, { method = 'GET', token, body, accept, agent } = {}) {
  const text = body === undefined ? undefined : JSON.stringify(body)
  const sent = request(url, {
    method,
    agent,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(accept !== undefined && { accept }),
      ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    }
  })
  sent.end(text)
  const [response] = await once(sent, 'response')
  let received = ''
  for await (const chunk of response.setEncoding('utf8')) received += chunk
  return { status: response.statusCode, headers: response.headers, body: received }
}

/**
 * @param {string} address
 * @returns {Promise<{ access_token: string, refresh_token: string }>}
 */
export async function logIn (address) {
  const { status, body } = await send(`${address}/auth/login`, { method: 'POST', body: ADMIN })
  if (status !== 200) throw new Error(`a login failed: ${status} ${body}`)
  return JSON.parse(body)
}

/** Follows the feed as a stream, and connects again when it ends. */
export class Follower {
  #address
  #isStopped = false
  /** @type {import('node:http').ClientRequest | undefined} */
  #request
  /** Streams that have ended. */
  ends = 0
  /** @type {string[]} */
  failures = []
  /** How long there was no stream, in milliseconds; the longest time. */
  longestGapMs = 0
  isOpen = false

  /** @param {string} address of a proxy */
  constructor (address) {
    this.#address = address
    this.finished = this.#run()
  }

  async stop () {
    this.#isStopped = true
    this.#request?.destroy()
    await this.finished
  }

  async #run () {
    let openUntil = performance.now()
    while (!this.#isStopped) {
      try {
        await this.#follow(() => { this.longestGapMs = Math.max(this.longestGapMs, performance.now() - openUntil) })
        this.ends++
      } catch (error) {
        if (!this.#isStopped) this.failures.push(error instanceof Error ? error.message : String(error))
      }
      if (this.isOpen) openUntil = performance.now()
      this.isOpen = false
      await sleep(100)
    }
  }

  /** @param {() => void} onOpen */
  async #follow (onOpen) {
    const headers = { authorization: `Bearer ${FEED_TOKEN}`, accept: 'text/event-stream' }
    this.#request = request(`${this.#address}/revocations`, { headers, agent: false }).end()
    const [response] = await once(this.#request, 'response')
    if (response.statusCode !== 200) {
      response.resume()
      throw new Error(`${response.statusCode} ${response.headers['content-type']}`)
    }
    response.once('data', () => {
      this.isOpen = true
      onOpen()
    })
    await once(response, 'end')
  }
}

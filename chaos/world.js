// A Postgres server, two instances of the service and an edge, each a process, to be broken.
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../scripts/free-port.js'
import { startPostgres } from '../scripts/postgres.js'
import { ask } from './ask.js'

/** @param {string} path */
const fromRoot = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const MAIN = fromRoot('dist/cli/main.js')
const EDGE = fromRoot('examples/two-services/ads.js')

/** Past the deadline that every request has. */
const ANSWER_MS = 15_000

/**
 * @typedef {object} Program what answers at an address, when it is up
 * @property {string} name
 * @property {string} address
 * @property {boolean} isUp
 * @property {number} lives how often it was started
 * @property {string} guarded a path that wants a token
 * @property {string} output what it has printed
 * @property {() => Promise<void>} start
 * @property {() => Promise<void>} kill as with kill -9
 *
 * @typedef {Awaited<ReturnType<typeof createWorld>>} World
 */

/** @param {{ ledger: import('./ledger.js').Ledger }} parts */
export async function createWorld ({ ledger }) {
  const server = await startPostgres()
  const ports = [await freePort(), await freePort(), await freePort()]
  const [issuer = '', second = '', third = ''] = ports.map((port) => `http://localhost:${port}`)
  const feedToken = randomBytes(32).toString('base64url')
  const settings = {
    DATABASE_URL: server.urlOf(),
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
  const instances = [issuer, second].map((address, index) => createProgram({
    ledger, name: `instance ${index + 1}`, address, guarded: '/me', parameters: [MAIN, 'serve'], settings: { ...settings, PORT: new URL(address).port }, isUp: /gatepass is at/
  }))
  const edge = createProgram({ ledger, name: 'edge', address: third, guarded: '/reports', parameters: [EDGE], settings: { ISSUER: issuer, FEED_TOKEN: feedToken, PORT: new URL(third).port }, isUp: /the ads API is at/ })
  const programs = [...instances, edge]

  return {
    server,
    instances,
    verifiers: programs,
    async start () {
      for (const program of programs) await program.start()
    },
    /**
     * Asks a program, and notes what it answered.
     *
     * @param {Program} program
     * @param {string} name of the request, for the ledger
     * @param {string} path
     * @param {import('./ask.js').Question} [question]
     * @returns {Promise<import('./ask.js').Answer | undefined>} undefined: no answer, as by one who is dead, or because it was given up
     */
    async ask (program, name, path, question = {}) {
      const { isUp, lives } = program
      const late = AbortSignal.timeout(ANSWER_MS)
      try {
        const answer = await ask(`${program.address}${path}`, { ...question, signal: question.signal ? AbortSignal.any([question.signal, late]) : late })
        ledger.answered(name, answer)
        return answer
      } catch (error) {
        ledger.count(`${name}: no answer`)
        const isExplained = !isUp || !program.isUp || program.lives !== lives || question.signal?.aborted
        if (!isExplained) ledger.breach('one who lives answers, and in time', { name, program: program.name, error: String(error) })
        return undefined
      }
    },
    async close () {
      for (const program of programs) await program.kill()
      await server.remove()
    }
  }
}

/**
 * @param {{ ledger: import('./ledger.js').Ledger, name: string, address: string, guarded: string, parameters: string[], settings: Record<string, string>, isUp: RegExp }} options
 * @returns {Program}
 */
function createProgram ({ ledger, name, address, guarded, parameters, settings, isUp }) {
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child
  /** @type {Promise<unknown>} */
  let gone = Promise.resolve()
  /** @type {Program} */
  const program = { name, address, isUp: false, lives: 0, guarded, output: '', start, kill }
  return program

  /** It may take several attempts, while the database is away. */
  async function start () {
    while (!await attempt()) await sleep(200)
    program.lives++
    program.isUp = true
  }

  async function attempt () {
    let output = ''
    const started = spawn(process.execPath, parameters, { cwd: tmpdir(), env: { PATH: process.env.PATH, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
        program.output = (program.output + text).slice(-20_000)
      })
    }
    gone = new Promise((resolve) => started.once('close', (code, signal) => {
      if (program.isUp && child === started) ledger.breach('whatever breaks around it, a process goes on', { name, code, signal, output })
      program.isUp = false
      resolve(undefined)
    }))
    while (!isUp.test(output)) {
      if (started.exitCode !== null || started.signalCode !== null) return false
      await sleep(10)
    }
    return true
  }

  async function kill () {
    program.isUp = false
    child?.kill('SIGKILL')
    await gone
  }
}

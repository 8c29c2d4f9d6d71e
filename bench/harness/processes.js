// Starts the processes that are measured, and those that measure.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../scripts/free-port.js'
import { onCore, SERVER_CORE } from './machine.js'

const PROBE = new URL('./probe.js', import.meta.url).href

/**
 * @typedef {object} Program
 * @property {string} entry a file that Node runs
 * @property {string[]} [parameters]
 * @property {Record<string, string>} [environment] complete, except for PATH
 * @property {string[]} [flags] of Node
 * @property {number | undefined} [core]
 */

/** @typedef {{ cpu: { user: number, system: number }, residentBytes: number, peakResidentBytes: number }} Usage */

/** @typedef {Awaited<ReturnType<typeof startServer>>} Server */

/**
 * Starts a program with an IPC channel.
 *
 * @param {Program} program
 */
export function startProcess ({ entry, parameters = [], environment = {}, flags = [], core }) {
  const [program, rest] = onCore(core, [process.execPath, ...flags, entry, ...parameters])
  // In a directory without .env.
  const child = spawn(program, rest, {
    cwd: tmpdir(), env: { PATH: process.env.PATH ?? '', ...environment }, stdio: ['ignore', 'ignore', 'inherit', 'ipc']
  })
  const ended = once(child, 'exit').then(([code, signal]) => `${entry} ended with ${code ?? signal}`)

  return {
    pid: child.pid ?? 0,
    ended,
    /**
     * @param {string} question
     * @param {unknown} [parameter]
     * @returns {Promise<any>}
     */
    async ask (question, parameter) {
      const reply = once(child, 'message')
      child.send({ question, parameter })
      return Promise.race([reply.then(([message]) => message), ended.then((how) => Promise.reject(new Error(how)))])
    },
    async stop () {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 12_000)
      await ended
      clearTimeout(timer)
    }
  }
}

/**
 * Starts a server on a free port, and waits until it is ready.
 *
 * @param {Program} program takes its port from PORT; on the core of the server unless another is given
 */
export async function startServer (program) {
  const port = await freePort()
  const process = startProcess({
    core: SERVER_CORE,
    ...program,
    flags: ['--import', PROBE, ...program.flags ?? []],
    environment: {
      ...program.environment, PORT: String(port)
    }
  })
  const address = `http://127.0.0.1:${port}`
  await Promise.race([waitUntilReady(address), process.ended.then((how) => Promise.reject(new Error(how)))])
  return {
    ...process,
    address,
    /** @returns {Promise<Usage>} */
    usage: () => process.ask('usage')
  }
}

/**
 * Starts a worker on the server's core.
 *
 * @param {string} name a file of workers/
 * @param {Omit<Program, 'entry'>} [options]
 */
export function startWorker (name, options = {}) {
  const entry = fileURLToPath(new URL(`../workers/${name}.js`, import.meta.url))
  return startProcess({ core: SERVER_CORE, ...options, flags: ['--import', PROBE, ...options.flags ?? []], entry })
}

/**
 * Starts a worker, runs its work once, and stops it.
 *
 * @param {string} name a file of workers/
 * @param {unknown} parameter
 * @param {Omit<Program, 'entry'>} [options]
 * @returns {Promise<any>}
 */
export async function runWorker (name, parameter, options = {}) {
  const worker = startWorker(name, options)
  try {
    return await worker.ask('work', parameter)
  } finally {
    await worker.stop()
  }
}

/**
 * Waits until the server responds with anything but 503; one without a readiness route is ready when it responds.
 *
 * @param {string} address
 */
export async function waitUntilReady (address) {
  while (true) {
    const reply = await fetch(`${address}/health/ready`).catch(() => undefined)
    await reply?.arrayBuffer()
    if (reply !== undefined && reply.status !== 503) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

// A program with one or more verifiers: GET /NAME is 200 with user and role where the bearer token is accepted.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../scripts/free-port.js'

const START_TIMEOUT_MS = 120_000
const RESPONSE_TIMEOUT_MS = 20_000
const TAIL_LENGTH = 3_000

/**
 * @typedef {object} Program
 * @property {string[]} command
 * @property {string} [cwd]
 * @property {(environment: Record<string, string>) => Record<string, string>} [adapt] changes its environment
 */
/** @typedef {{ accepted: boolean, status: number, text: string }} Answer */

/**
 * Starts a program on a port of its own, and waits until it responds.
 *
 * @param {Program} program
 * @param {Record<string, string>} environment
 */
export async function startProgram ({ command: [file = '', ...parameters], cwd = tmpdir(), adapt = (same) => same }, environment) {
  const address = `http://127.0.0.1:${await freePort()}`
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(file, parameters, { cwd, env: { PATH, HOME, ...adapt(environment), PORT: new URL(address).port } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => { output = `${output}${text}`.slice(-TAIL_LENGTH) })
  }
  const exited = Promise.race([once(child, 'exit'), once(child, 'error')])
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!await fetch(address).then((response) => response.arrayBuffer(), () => undefined)) {
    const hasEnded = child.exitCode !== null || child.signalCode !== null || child.pid === undefined
    if (hasEnded || Date.now() > deadline) {
      child.kill('SIGKILL')
      throw new Error(`${[file, ...parameters].join(' ')} did not start: ${output}`)
    }
    await sleep(50)
  }

  return {
    /**
     * @param {string} verifier
     * @param {string} token
     * @returns {Promise<Answer>}
     */
    async verify (verifier, token) {
      const signal = AbortSignal.timeout(RESPONSE_TIMEOUT_MS)
      try {
        const response = await fetch(`${address}/${verifier}`, { headers: { authorization: `Bearer ${token}` }, signal })
        const text = (await response.text()).trim() || (response.headers.get('www-authenticate') ?? '')
        return { accepted: response.status === 200, status: response.status, text }
      } catch (error) {
        return { accepted: false, status: 0, text: `${error} ${output}` }
      }
    },
    output: () => output,
    async stop () {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await exited
      clearTimeout(timer)
    }
  }
}

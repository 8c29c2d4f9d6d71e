// The service as a process beside a program that uses it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ROOT } from './run.js'

/** For a service that programs log in at: the cheapest argon2, and high limits. */
export const QUICK_SETTINGS = { LOG_LEVEL: 'error', LOGIN_RATE_PER_MINUTE: '10000', ARGON2_MEMORY: '1024', ARGON2_TIME: '1' }

/** As in `.taprc`, for the embedded database. */
const NODE_FLAGS = ['--wasm-tiering-budget=1000000000']

/**
 * Starts the built service and waits for its banner.
 *
 * @param {Record<string, string>} settings all that it gets
 * @param {string} cwd without a .env
 */
export async function startService (settings, cwd) {
  const parameters = [...NODE_FLAGS, join(ROOT, 'dist/cli/main.js'), 'serve']
  const environment = { PATH: process.env.PATH ?? '', ...settings }
  const child = spawn(process.execPath, parameters, { cwd, env: environment })
  const exited = once(child, 'exit')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text })
  while (!output.includes('gatepass is at ')) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the service ended: ${output}`)
    await sleep(20)
  }
  return {
    /** @returns {Promise<number | null>} null: by a signal */
    exitCode: exited.then(([code]) => code),
    /** @param {NodeJS.Signals} [signal] */
    async stop (signal = 'SIGTERM') {
      child.kill(signal)
      await exited
    }
  }
}

/**
 * @param {string} url
 * @param {object} body
 * @param {Record<string, string>} [headers]
 * @returns {Promise<Record<string, unknown>>}
 * @throws with the status, where it is none of success
 */
export async function postJson (url, body, headers = {}) {
  const response = await fetch(url, {
    method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body)
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`POST ${url}: ${response.status} ${text}`)
  return JSON.parse(text)
}

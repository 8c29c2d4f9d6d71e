// The service as a process.
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** Settings for quick tests: the cheapest argon2, and high limits. */
export const QUICK = { ARGON2_MEMORY: '1024', ARGON2_TIME: '1', LOGIN_RATE_PER_MINUTE: '10000', SESSIONS_PER_USER: '10000' }

/** As in `.taprc`, for the embedded database. */
export const NODE_FLAGS = ['--wasm-tiering-budget=1000000000']

/** In characters: enough for an error and its causes. */
const TAIL_LENGTH = 4_000

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface Service {
  readonly address: string
  readonly pid: number
  /** The output so far. */
  stdout (): string
  stop (signal?: NodeJS.Signals): Promise<Ended>
}

/** A running command. */
export interface Running {
  readonly pid: number
  stdout (): string
  kill (signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
}

/** Starts a gatepass command with the given settings only, in a directory without a `.env` by default. */
export function runCommand (
  t: Test, parameters: readonly string[], settings: Record<string, string>,
  { stdin, script = MAIN, cwd = tmpdir() }: { stdin?: string | Uint8Array, script?: string, cwd?: string } = {}
): Running {
  const child = spawn(process.execPath, [...NODE_FLAGS, script, ...parameters], { cwd, env: { PATH: process.env.PATH, ...settings } })
  const output = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => { output.stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text) => { output.stderr += text })
  child.stdin.end(stdin ?? '')
  const ended = new Promise<Ended>((resolve) => child.once('close', (code, signal) => resolve({ code, signal, ...output })))
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { pid: child.pid ?? 0, stdout: () => output.stdout, kill: (signal) => child.kill(signal), ended }
}

/** @returns a function that runs a gatepass command with these settings, and waits for its end */
export function createCommandRunner (t: Test, settings: Record<string, string>) {
  return async function gatepass (command: string, stdin?: string): Promise<Omit<Ended, 'signal'>> {
    const { code, stdout, stderr } = await runCommand(t, command.split(' '), settings, stdin === undefined ? {} : { stdin }).ended
    return { code, stdout, stderr }
  }
}

/**
 * Starts the service and waits for its banner.
 *
 * @throws with all output, if it ends instead
 */
export async function startService (t: Test, settings: Record<string, string>, { script = MAIN } = {}): Promise<Service> {
  const port = settings.PORT ?? String(await freePort())
  const running = runCommand(t, ['serve'], { LOG_LEVEL: 'warn', ...QUICK, ...settings, PORT: port }, { script })
  const isOver = running.ended.then((ended) => Promise.reject(new Error(`the service ended: ${JSON.stringify(ended)}`)))
  const isUp = (async () => {
    while (!running.stdout().includes('gatepass is at ')) await new Promise((resolve) => setTimeout(resolve, 5))
  })()
  await Promise.race([isUp, isOver])
  let isStopped = false
  isOver.catch(() => {})
  running.ended.then(({ code, signal, stdout, stderr }) => {
    if (!isStopped && signal === null) {
      t.comment(`the service ended by itself with ${code}; the end of its output:`, `${stdout}${stderr}`.slice(-TAIL_LENGTH))
    }
  })
  return {
    address: `http://localhost:${port}`,
    pid: running.pid,
    stdout: running.stdout,
    async stop (signal = 'SIGTERM') {
      isStopped = true
      running.kill(signal)
      return running.ended
    }
  }
}

/** Runs a script of the project in its root, and waits for its end. */
export async function runScript (parameters: readonly string[]): Promise<{ code: number, output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, parameters, { maxBuffer: Infinity }, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? 1, output: `${stdout}${stderr}` })
    })
  })
}

/** Settings of a service on a Postgres server. */
export function postgresSettings (url: string): Record<string, string> {
  return { DATABASE_URL: url, SECRET_KEYS: randomBytes(32).toString('base64') }
}

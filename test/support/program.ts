// A program beside a test, such as an example.
import { spawn } from 'node:child_process'
import type { Test } from 'tap'
import { until } from './until.ts'

interface Program {
  /** Parameters of Node.js. */
  parameters: readonly string[]
  /** All that it gets, besides PATH. */
  settings: Readonly<Record<string, string>>
  /** What it prints when it is up. */
  said: RegExp
  /** Default: that of this process. */
  cwd?: string
}

/**
 * Runs a program until the test ends, and waits until it is up.
 *
 * @returns a function that kills it before
 * @throws with its output, if it ends instead
 */
export async function startProgram (t: Test, { parameters, settings, said, cwd = process.cwd() }: Program): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, parameters, { cwd, env: { PATH: process.env.PATH, ...settings } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text })
  const gone = new Promise((resolve) => child.once('close', resolve))
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone
  }
  t.teardown(kill)
  await until(() => {
    if (child.exitCode !== null) throw new Error(output)
    return said.test(output)
  }, 60_000)
  return kill
}

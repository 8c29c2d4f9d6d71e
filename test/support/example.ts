import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { until } from './until.ts'

export interface Example {
  address: string
  kill (): Promise<void>
}

/** Runs an example, unchanged, until the test ends. */
export async function startExample (t: Test, path: string, settings: Record<string, string>): Promise<Example> {
  const port = await freePort()
  const script = fileURLToPath(new URL(`../../examples/${path}`, import.meta.url))
  const child = spawn(process.execPath, [script], { env: { PATH: process.env.PATH, PORT: String(port), ...settings } })
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
    return /listening on|is at/.test(output)
  })
  return { address: `http://localhost:${port}`, kill }
}

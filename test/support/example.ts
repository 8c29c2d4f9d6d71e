import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { startProgram } from './program.ts'

export interface Example {
  address: string
  kill (): Promise<void>
}

/** Runs an example, unchanged, until the test ends. */
export async function startExample (t: Test, path: string, settings: Record<string, string>): Promise<Example> {
  const port = await freePort()
  const script = fileURLToPath(new URL(`../../examples/${path}`, import.meta.url))
  const kill = await startProgram(t, { parameters: [script], settings: { PORT: String(port), ...settings }, said: /listening on|is at/ })
  return { address: `http://localhost:${port}`, kill }
}

// Many gatepass commands in one process: starting Node for each of them is most of their time.
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'

const PROGRAM = new URL('../../dist/cli/program.js', import.meta.url).href
const SCRIPT = fileURLToPath(new URL('./command-runner.js', import.meta.url))

export interface CommandResult {
  command: string
  code: number
  stdout: string
  stderr: string
}

/**
 * Runs commands one after the other, each with the program loaded anew, with no settings but those given.
 *
 * @param commands without `gatepass`, split at white space
 */
export async function runCommands (commands: readonly string[], settings: Record<string, string>): Promise<CommandResult[]> {
  const env = { PATH: process.env.PATH, ...settings }
  const parameters = [SCRIPT, PROGRAM, JSON.stringify(commands)]
  const child = spawn(process.execPath, parameters, { cwd: tmpdir(), env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => { output += text })
  await new Promise((resolve) => child.once('close', resolve))
  return JSON.parse(output)
}

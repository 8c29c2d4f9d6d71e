// Runs Node programs in the root of the project.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/**
 * @param {string} program of node_modules/.bin
 * @param {string[]} parameters
 * @param {Record<string, string>} [environment] added to that of this process
 * @param {(output: import('node:stream').Readable) => Promise<void>} [read] consumes the standard output
 * @returns {Promise<number>} its exit code
 */
export function run (program, parameters, environment, read) {
  return runNode([`node_modules/.bin/${program}`, ...parameters], environment, read)
}

/**
 * @param {string[]} parameters
 * @param {Record<string, string>} [environment]
 * @param {(output: import('node:stream').Readable) => Promise<void>} [read]
 * @returns {Promise<number>}
 */
export async function runNode (parameters, environment = {}, read) {
  const stdio = /** @type {const} */ (['inherit', read === undefined ? 'inherit' : 'pipe', 'inherit'])
  const child = spawn(process.execPath, parameters, { cwd: ROOT, stdio: [...stdio], env: { ...process.env, ...environment } })
  const reading = child.stdout === null ? undefined : read?.(child.stdout)
  const [code] = await once(child, 'exit')
  await reading
  return code ?? 1
}

// Runs Node programs in the root of the project.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Parameters of tap: `.taprc` has the rest. */
const TAP = ['run', '--disable-coverage', '--allow-empty-coverage']
/** What a test file gets of tap. */
const BUILT_TAP = join(ROOT, 'node_modules/@tapjs/test/test-built/dist/esm/index.js')

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
 * Runs tests. In a fresh clone, tap leaves out the plugins that `.taprc` excludes from its second run on only; until then each test file
 * loads a compiler, which takes two seconds. So tap is built before it runs.
 *
 * @param {string[]} parameters of `tap run`
 * @param {Record<string, string>} [environment] added to that of this process
 * @param {(output: import('node:stream').Readable) => Promise<void>} [read] consumes the standard output
 * @returns {Promise<number>} its exit code
 */
export async function runTap (parameters, environment, read) {
  if (readFileSync(BUILT_TAP, 'utf8').includes('@tapjs/typescript')) await run('tap', ['build'])
  return run('tap', [...TAP, ...parameters], environment, read)
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

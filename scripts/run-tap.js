// Runs tests with tap, after what all test files need was made: otherwise each of them would load a compiler.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { BUILT_TAP, bundlePackages } from './package-bundles.js'
import { ROOT, run } from './run.js'
import { removeTypes } from './typescript-cache.js'

/** Parameters of tap: `.taprc` has the rest. */
const TAP = ['run', '--disable-coverage', '--allow-empty-coverage']
const FOLDERS = ['src', 'client', 'test', 'examples']

/**
 * In a fresh clone, tap leaves out the plugins that `.taprc` excludes from its second run on only. So tap is built before it runs.
 *
 * @param {string[]} parameters of `tap run`
 * @param {Record<string, string>} [environment] added to that of this process
 * @param {(output: import('node:stream').Readable) => Promise<void>} [read] consumes the standard output
 * @returns {Promise<number>} its exit code
 */
export async function runTap (parameters, environment, read) {
  if (readFileSync(BUILT_TAP, 'utf8').includes('@tapjs/typescript')) await run('tap', ['build'])
  await bundlePackages()
  for (const path of FOLDERS.flatMap(listTypeScript)) await removeTypes(readFileSync(path, 'utf8'))
  return run('tap', [...TAP, ...parameters], environment, read)
}

/** @param {string} folder */
function listTypeScript (folder) {
  const names = readdirSync(join(ROOT, folder), { encoding: 'utf8', recursive: true })
  return names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts')).map((name) => join(ROOT, folder, name))
}

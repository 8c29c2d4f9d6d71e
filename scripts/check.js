// `npm run check`: lint and types, side by side, because each keeps one core busy.
import { fileURLToPath } from 'node:url'
import { run, runNode } from './run.js'

/** TypeScript 7: a third of the time. Lint uses 6, for its API. */
const TSC = 'node_modules/typescript-native/bin/tsc'

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await build() || await check()

/** Builds dist if it is stale: examples and benchmarks take their types from there, and tests start the service from there. */
export function build () {
  return runNode(['scripts/build.js', '--if-stale'])
}

/** @returns {Promise<number>} 0 when both pass */
export async function check () {
  if (process.argv.includes('--types')) return checkTypes()
  const codes = await Promise.all([run('eslint', ['.']), checkTypes()])
  return Math.max(...codes)
}

/** The script of the example page is checked apart, with the types of a browser. */
async function checkTypes () {
  return await runNode([TSC, '--noEmit']) || await runNode([TSC, '--noEmit', '--project', 'examples/spa/page'])
}

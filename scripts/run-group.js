// Runs test files in this process, one after the other; see test-groups.js.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { toEndMark } from './test-groups.js'

const files = process.argv.splice(2)
// tap names its directories after the program.
process.argv[1] = resolve(files[0] ?? '')
const { default: tap } = await import('tap')
await loadNext(files)

/**
 * The root of tap ends as soon as it has no test, so that the next file is loaded inside of a test.
 *
 * @param {string[]} files
 * @returns {Promise<void>}
 */
async function loadNext ([file = '', ...others]) {
  try {
    await import(pathToFileURL(resolve(file)).href)
  } catch (error) {
    tap.test('the file can be loaded', async () => { throw error })
  }
  // It waits for the tests of the file. The last file ends with the process.
  if (others.length > 0) tap.test(toEndMark(file), () => loadNext(others))
}

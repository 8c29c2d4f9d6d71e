// `npm run test:only -- FILE … [--watch]`: some tests, without lint and types. A file that needs a Postgres server starts one.
// With --watch, one file runs again whenever it or something it imports has changed.
import { runNode } from './run.js'
import { runTests } from './run-tests.js'

const LOADER = ['--enable-source-maps', '--import=./scripts/load-typescript.js']

const files = process.argv.slice(2).filter((parameter) => parameter !== '--watch')
const isWatching = process.argv.includes('--watch')
if (files.length === 0 || (isWatching && files.length > 1)) {
  console.error('Say which tests: npm run test:only -- FILE …, or one file with --watch.')
  process.exitCode = 1
} else {
  process.exitCode = isWatching
    ? await runNode(['--watch', ...LOADER, ...files])
    : await runTests(files)
}

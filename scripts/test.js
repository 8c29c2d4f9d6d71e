// `npm test`: lint and types, and beside them every test, on the embedded database and, where there is one, on a real Postgres server.
import { build, check } from './check.js'
import { findPostgres, startPostgres } from './postgres.js'
import { runTests } from './run-tests.js'

const files = process.argv.slice(2)

const startedAt = performance.now()
process.exitCode = await build() || await checkAndTest()
const seconds = Math.ceil((performance.now() - startedAt) / 1000)
console.log(process.exitCode === 0 ? `Passed, after ${seconds} s.` : `Failed, after ${seconds} s: see above.`)

/** Beside each other, because neither keeps all processors busy to its end. */
async function checkAndTest () {
  const [checked, tested] = await Promise.all([check(), test()])
  if (checked !== 0) console.log('Lint or types failed: what they say stands above the first tests.')
  return checked || tested
}

async function test () {
  const given = process.env.TEST_DATABASE_URL
  const server = given === undefined && findPostgres() !== undefined ? await startPostgres() : undefined
  const url = given ?? server?.databaseUrl()
  const environment = url === undefined ? {} : { TEST_DATABASE_URL: url }
  try {
    return await runTests(files, environment)
  } finally {
    await server?.remove()
    console.log(describeDatabases(given, url))
  }
}

/**
 * @param {string | undefined} given by TEST_DATABASE_URL
 * @param {string | undefined} url of the server that was used
 */
function describeDatabases (given, url) {
  if (url === undefined) {
    return 'Ran on the embedded database only: there is no Postgres server on this machine, and ' +
    'TEST_DATABASE_URL is not set.'
  }
  const server = given === undefined ? 'a Postgres server, started for this run' : 'the Postgres server of TEST_DATABASE_URL'
  return `Ran on the embedded database and on ${server}.`
}

// `npm test`: lint, types, then every test, on the embedded database and, where there is one, on a real Postgres server.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { findPostgres, startPostgres } from './postgres.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const files = process.argv.slice(2)

process.exitCode = await build() || await lint() || await checkTypes() || await test()

function lint () {
  return run('eslint', ['.'])
}

function checkTypes () {
  return run('tsc', ['--noEmit'])
}

/** Tests start the service as a process, from dist; and examples take their types from there. */
function build () {
  return node(['scripts/build.js', '--if-stale'])
}

async function test () {
  const given = process.env.TEST_DATABASE_URL
  const server = given === undefined && findPostgres() !== undefined ? await startPostgres() : undefined
  const url = given ?? server?.urlOf()
  try {
    // Drawn again and again on a terminal, printed plainly elsewhere.
    const reporter = process.stdout.isTTY ? 'base' : 'terse'
    return await run('tap', ['run', '--disable-coverage', '--allow-empty-coverage', `--reporter=${reporter}`, ...files], url === undefined ? {} : { TEST_DATABASE_URL: url })
  } finally {
    await server?.remove()
    console.log(url === undefined
      ? 'Ran on the embedded database only: there is no Postgres server on this machine, and TEST_DATABASE_URL is not set.'
      : `Ran on the embedded database and on ${given === undefined ? 'a real Postgres server, started for this run' : 'the Postgres server of TEST_DATABASE_URL'}.`)
  }
}

/**
 * @param {string} program of node_modules/.bin
 * @param {string[]} parameters
 * @param {Record<string, string>} environment on top of this process's own
 * @returns {Promise<number>} its exit code
 */
function run (program, parameters, environment = {}) {
  return node([`node_modules/.bin/${program}`, ...parameters], environment)
}

/**
 * @param {string[]} parameters
 * @param {Record<string, string>} environment
 * @returns {Promise<number>}
 */
function node (parameters, environment = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, parameters, { cwd: root, stdio: 'inherit', env: { ...process.env, ...environment } })
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}

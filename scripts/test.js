// `npm test`: lint, types, then every test, on the embedded database and, where there is one, on a real Postgres server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { findPostgres, startPostgres } from './postgres.js'
import { digest } from './tap-digest.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const files = process.argv.slice(2)

const TAP = ['run', '--disable-coverage', '--allow-empty-coverage', ...files]

const startedAt = performance.now()
process.exitCode = await build() || await check() || await test()
console.log(`${process.exitCode === 0 ? 'All is well' : 'Something failed, see above'}, after ${Math.ceil((performance.now() - startedAt) / 1000)} s.`)

/** Side by side: neither is quick, and each takes one core. */
async function check () {
  const codes = await Promise.all([run('eslint', ['.']), checkTypes()])
  return Math.max(...codes)
}

/** What runs in a page is checked apart, with the types of a browser. */
async function checkTypes () {
  return await run('tsc', ['--noEmit']) || await run('tsc', ['--noEmit', '--project', 'examples/spa/page'])
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
    const environment = url === undefined ? {} : { TEST_DATABASE_URL: url }
    return process.stdout.isTTY ? await run('tap', TAP, environment) : await run('tap', [...TAP, '--reporter=tap'], environment, (output) => digest(output))
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
 * @param {Record<string, string>} [environment] on top of this process's own
 * @param {(output: import('node:stream').Readable) => Promise<void>} [read] its standard output
 * @returns {Promise<number>} its exit code
 */
function run (program, parameters, environment, read) {
  return node([`node_modules/.bin/${program}`, ...parameters], environment, read)
}

/**
 * @param {string[]} parameters
 * @param {Record<string, string>} [environment]
 * @param {(output: import('node:stream').Readable) => Promise<void>} [read]
 * @returns {Promise<number>}
 */
async function node (parameters, environment = {}, read) {
  const child = spawn(process.execPath, parameters, { cwd: root, stdio: ['inherit', read === undefined ? 'inherit' : 'pipe', 'inherit'], env: { ...process.env, ...environment } })
  const reading = child.stdout === null ? undefined : read?.(child.stdout)
  const [code] = await once(child, 'exit')
  await reading
  return code ?? 1
}

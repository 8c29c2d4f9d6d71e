// A Postgres server with the roles of docs/runbook.md, "The database role", and commands of the service on it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { findPostgres, startPostgres } from '../scripts/postgres.js'
import { ROOT } from '../scripts/run.js'
import { MissingToolError } from './report.js'

/** @typedef {{ code: number, stdout: string, stderr: string }} Ended */

export const PASSWORDS = {
  GATEPASS_OWNER_PASSWORD: 'the owner\'s', GATEPASS_APP_PASSWORD: 'the service\'s', GATEPASS_RETENTION_PASSWORD: 'the job\'s'
}

/**
 * Starts a server, and makes the roles and the database by deploy/postgres/roles.sql, as its superuser.
 *
 * @throws {MissingToolError}
 */
export async function startDatabase () {
  if (findPostgres() === undefined) throw new MissingToolError('there is no Postgres server on this machine')
  const postgres = await startPostgres()
  const psql = join(postgres.bin, 'psql')

  /**
   * @param {string} role
   * @param {string} [database]
   */
  const urlOf = (role, database = 'gatepass') => `postgres://${role}@/${database}?host=${postgres.directory}`

  /**
   * @param {string} url
   * @param {string} file
   */
  async function runSql (url, file) {
    return execute([psql, '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--file', join(ROOT, file), url], PASSWORDS)
  }
  return { postgres, urlOf, runSql, makeRoles: () => runSql(urlOf('postgres', 'postgres'), 'deploy/postgres/roles.sql') }
}

/**
 * Runs a gatepass command to its end.
 *
 * @param {string} command
 * @param {Record<string, string>} settings all that it gets
 * @param {string} [input]
 */
export async function gatepass (command, settings, input) {
  return execute([process.execPath, join(ROOT, 'dist/cli/main.js'), ...command.split(' ')], settings, input)
}

/**
 * @param {string[]} command
 * @param {Record<string, string>} [settings]
 * @param {string} [input]
 * @returns {Promise<Ended>}
 */
export async function execute ([program = '', ...parameters], settings = {}, input = '') {
  const child = spawn(program, parameters, { cwd: '/', env: { PATH: process.env.PATH ?? '', ...settings } })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text) => { stdout += text })
  child.stderr.setEncoding('utf8').on('data', (text) => { stderr += text })
  child.stdin.on('error', () => {}).end(input)
  const [code] = await once(child, 'close')
  return { code, stdout, stderr }
}

/**
 * @param {Ended} ended
 * @param {string} name
 * @throws if the program failed
 */
export function assertSucceeded ({ code, stderr }, name) {
  if (code !== 0) throw new Error(`${name} failed: ${stderr}`)
}

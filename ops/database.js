// A Postgres server with the roles of docs/runbook.md, "The database role", and commands of the service on it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findPostgres, startPostgres } from '../scripts/postgres.js'
import { ROOT } from '../scripts/run.js'
import { MissingToolError } from './report.js'

/** @typedef {{ code: number, stdout: string, stderr: string }} Ended */

export const PASSWORDS = {
  GATEPASS_OWNER_PASSWORD: 'the owner\'s', GATEPASS_APP_PASSWORD: 'the service\'s', GATEPASS_RETENTION_PASSWORD: 'the job\'s'
}

/**
 * Starts a server, which has no role but its superuser.
 *
 * @param {{ port?: number }} [options] `port`: where it listens on 127.0.0.1, too, and asks for passwords
 * @throws {MissingToolError}
 */
export async function startDatabase ({ port } = {}) {
  const bin = findPostgres()
  if (bin === undefined) throw new MissingToolError('there is no Postgres server on this machine')
  if (!['psql', 'pg_dump'].every((name) => existsSync(join(bin, name)))) throw new MissingToolError(`${bin} lacks psql or pg_dump`)
  const postgres = await startPostgres(port === undefined ? {} : { settings: { listen_addresses: '127.0.0.1', port } })
  const psql = join(postgres.bin, 'psql')

  /**
   * @param {string} role
   * @param {string} [database]
   */
  const urlOf = (role, database = 'gatepass') => `postgres://${role}@/${database}?host=${postgres.directory}&port=${port ?? 5432}`

  /**
   * @param {string} url
   * @param {string} file
   */
  async function runSql (url, file) {
    return execute([psql, '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--file', join(ROOT, file), url], PASSWORDS)
  }

  /**
   * @param {string} url
   * @param {string} statement
   */
  async function query (url, statement) {
    return execute([psql, '--no-psqlrc', '--quiet', '--output=/dev/null', '--set', 'ON_ERROR_STOP=1', '--command', statement, url])
  }

  if (port !== undefined) {
    const file = join(postgres.directory, 'data/pg_hba.conf')
    await writeFile(file, (await readFile(file, 'utf8')).replace(/^(host .*)trust$/gm, '$1scram-sha-256'))
    assertSucceeded(await query(urlOf('postgres', 'postgres'), 'select pg_reload_conf()'), 'psql')
  }
  return { postgres, urlOf, query, runSql, makeRoles: () => runSql(urlOf('postgres', 'postgres'), 'deploy/postgres/roles.sql') }
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

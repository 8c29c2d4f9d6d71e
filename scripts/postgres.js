// A Postgres server for one run of the tests or the benchmarks, in a temporary directory, on a Unix socket only.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const DEBIAN = '/usr/lib/postgresql'

/**
 * @returns {string | undefined} the directory with initdb and pg_ctl, where there is one
 */
export function findPostgres () {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : []
  const directories = [...versions.map((version) => join(DEBIAN, version, 'bin')), ...(process.env.PATH ?? '').split(delimiter)]
  return directories.find((directory) => existsSync(join(directory, 'initdb')) && existsSync(join(directory, 'pg_ctl')))
}

/**
 * Starts a server.
 *
 * @param {object} [options]
 * @param {string} [options.bin] the directory of its programs
 * @param {Record<string, string | number>} [options.settings] further settings of postgresql.conf
 */
export async function startPostgres ({ bin = findPostgres(), settings = {} } = {}) {
  if (bin === undefined) throw new Error('there is no Postgres server on this machine')
  const directory = await mkdtemp(join(tmpdir(), 'gatepass-pg-'))
  const as = await findOwner(directory)
  const data = join(directory, 'data')
  /** @type {Record<string, string | number>} */
  const all = {
    unix_socket_directories: directory,
    listen_addresses: '',
    fsync: 'off',
    full_page_writes: 'off',
    max_connections: 200,
    shared_preload_libraries: await hasStatementStatistics(bin) ? 'pg_stat_statements' : '',
    ...settings
  }
  const flags = Object.entries(all).map(([name, value]) => `-c ${name}='${value}'`).join(' ')
  await asOwner('initdb', [
    '--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--no-sync', '--encoding', 'UTF8', '--locale', 'C.UTF-8'
  ])
  await start()

  return {
    directory,
    bin,
    /** @param {string} database */
    databaseUrl: (database = 'postgres') => `postgres://postgres@/${database}?host=${directory}`,
    /** @returns {Promise<number>} the process id of the postmaster */
    pid: async () => Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n', 1)[0]),
    start,
    /** @param {'fast' | 'immediate'} mode immediate: as in a crash */
    stop: async (mode = 'fast') => { await asOwner('pg_ctl', ['--pgdata', data, '--mode', mode, '--wait', 'stop']) },
    /** Stops it, if it runs, and leaves nothing behind. */
    async remove () {
      await asOwner('pg_ctl', ['--pgdata', data, '--mode', 'immediate', '--wait', 'stop']).catch(() => {})
      await rm(directory, { recursive: true, force: true })
    }
  }

  async function start () {
    await asOwner('pg_ctl', ['--pgdata', data, '--log', join(directory, 'log'), '--options', flags, '--wait', '--silent', 'start'])
  }

  /**
   * @param {string} program
   * @param {string[]} parameters
   */
  async function asOwner (program, parameters) {
    const [command = '', ...rest] = [...as, join(String(bin), program), ...parameters]
    await run(command, rest, { cwd: directory })
  }
}

/**
 * Postgres refuses to run as root: then it runs as the user of its Debian package, or as nobody.
 *
 * @param {string} directory that this user gets
 * @returns {Promise<string[]>} the command that runs a program as this user
 */
async function findOwner (directory) {
  if (process.getuid?.() !== 0) return []
  const user = await run('id', ['-u', 'postgres']).then(() => 'postgres', () => 'nobody')
  const { stdout: uid } = await run('id', ['-u', user])
  const { stdout: gid } = await run('id', ['-g', user])
  await chown(directory, Number(uid), Number(gid))
  await chmod(directory, 0o755)
  return ['setpriv', `--reuid=${Number(uid)}`, `--regid=${Number(gid)}`, '--clear-groups']
}

/**
 * @param {string} bin
 * @returns {Promise<boolean>} whether the server has the extension pg_stat_statements; some packages leave it out
 */
async function hasStatementStatistics (bin) {
  const { stdout } = await run(join(bin, 'pg_config'), ['--pkglibdir']).catch(() => ({ stdout: '' }))
  const directories = [stdout.trim(), join(bin, '../lib/postgresql'), join(bin, '../lib')].filter(Boolean)
  return directories.some((directory) => existsSync(join(directory, 'pg_stat_statements.so')))
}

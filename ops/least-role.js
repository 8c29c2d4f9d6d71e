// What docs/runbook.md ("The database role") and docs/deploying.md ("Backup") say, as written but for the address of the database.
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { freePort } from '../scripts/free-port.js'
import { ROOT } from '../scripts/run.js'
import { postJson } from '../scripts/service-process.js'
import { assertSucceeded, execute, gatepass, startDatabase } from './database.js'
import { logIn, PASSWORD, post, send, startInstance } from './service.js'

/** @typedef {import('./report.js').Report} Report */
/** @typedef {import('./database.js').Ended} Ended */
/** @typedef {(block: string, name: string) => Promise<Ended>} RunBlock */
/** @typedef {Awaited<ReturnType<typeof startDatabase>>} Database */
/** @typedef {Awaited<ReturnType<typeof openShell>>} Shell */
/** @typedef {{ command?: string[], environment: Record<string, string> }} ComposeService */

const FORBIDDEN = {
  APP: [
    'drop table users', 'delete from audit_events', 'update audit_events set type = type', 'create table mine ()', 'set role gatepass_owner'
  ],
  RETENTION: ['select from users', 'select from signing_keys', 'update audit_events set type = type']
}

/** @param {{ quick: boolean, report: Report }} options */
export async function run ({ quick, report }) {
  const directory = await mkdtemp(join(tmpdir(), 'gatepass-least-role-'))
  await chmod(directory, 0o755)
  try {
    await tryDocuments(directory, report)
    if (!quick) await tryCompose(directory, report)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * @param {string} directory
 * @param {Report} report
 */
async function tryDocuments (directory, report) {
  const port = await freePort()
  const database = await startDatabase({ port })
  try {
    const [roles = '', migrate = '', maintain = ''] = await listBlocks('docs/runbook.md', '## The database role')
    const [dump = '', restore = ''] = await listBlocks('docs/deploying.md', '## Backup')
    const shell = await openShell({ directory, port, bin: database.postgres.bin, adminUrl: database.urlOf('postgres', 'postgres') })
    /** @type {RunBlock} */
    const runBlock = async (block, name) => {
      const ended = await shell.run(block)
      report.check(ended.code === 0, `${name}${ended.code === 0 ? '' : `: ${ended.stderr}`}`)
      return ended
    }
    await runBlock(roles, 'a superuser makes the roles and the database')
    await runBlock(migrate, 'the owner, who is no superuser, migrates and grants')
    const settings = { DATABASE_URL: shell.toUrl('APP'), SECRET_KEYS: randomBytes(32).toString('base64') }
    const created = await gatepass('user create root@example.com --role admin --password-stdin', settings, PASSWORD)
    report.check(created.code === 0, `the role of the service creates an admin${created.stderr}`)
    const refreshToken = await tryService(settings, directory, report)
    await tryForbidden(database, shell, report)
    await tryMaintain({ database, shell, runBlock, maintain, report })
    await tryBackup({ database, shell, runBlock, dump, restore, report })
    await tryRestored(settings, directory, report, refreshToken)
  } finally {
    await database.postgres.remove()
  }
}

/**
 * @param {Record<string, string>} settings
 * @param {string} directory
 * @param {Report} report
 * @returns {Promise<unknown>} a refresh token that goes on
 */
async function tryService (settings, directory, report) {
  const { address, stop } = await startInstance(settings, directory)
  try {
    const admin = await logIn(address, 'root@example.com')
    const headers = { authorization: `Bearer ${admin.access_token}` }
    const user = await postJson(`${address}/admin/users`, { email: 'ada@example.com', password: PASSWORD, role: 'user' }, headers)
    const [one, other] = [await logIn(address, 'ada@example.com'), await logIn(address, 'ada@example.com')]
    await postJson(`${address}/auth/refresh`, { refresh_token: one.refresh_token })
    await send('POST', `${address}/auth/logout`, { refresh_token: one.refresh_token })
    await send('PATCH', `${address}/admin/users/${user.id}`, { role: 'advertiser' }, headers)
    await send('POST', `${address}/admin/keys/rotate`, {}, headers)
    const { status } = await fetch(`${address}/health/ready`)
    const audit = await fetch(`${address}/admin/audit`, { headers })
    const isReady = status === 200 && audit.status === 200
    report.check(isReady, 'with it the service logs in, refreshes, logs out, changes a role, rotates its keys')
    return other.refresh_token
  } finally {
    await stop()
  }
}

/**
 * @param {Database} database
 * @param {Shell} shell
 * @param {Report} report
 */
async function tryForbidden (database, shell, report) {
  const attempts = Object.entries(FORBIDDEN).flatMap(([role, statements]) => statements.map((statement) => ({ role, statement })))
  const allowed = []
  for (const { role, statement } of attempts) {
    const { code, stderr } = await database.query(shell.toUrl(role), statement)
    if (code === 0 || !/permission denied|must be owner/.test(stderr)) allowed.push(statement)
  }
  const denied = `${attempts.length - allowed.length} of ${attempts.length}`
  report.check(allowed.length === 0, `${denied} statements that the two other roles must not run are denied${allowed.join(', ')}`)
}

/**
 * @param {{ database: Database, shell: Shell, runBlock: RunBlock, maintain: string, report: Report }} options
 */
async function tryMaintain ({ database, shell, runBlock, maintain, report }) {
  const old = `insert into audit_events (id, at, type) select (lpad(to_hex(1600000000000 + n), 12, '0') || repeat('0', 20))::uuid,
    now() - interval '500 days', 'login' from generate_series(1, 2500) as n`
  assertSucceeded(await database.query(database.urlOf('gatepass_owner'), old), 'psql')
  const skipped = await gatepass('maintain --json', { DATABASE_URL: shell.toUrl('APP') })
  const isSkipped = skipped.code === 0 && skipped.stdout.includes('{"job":"audit","skipped":true}')
  report.check(isSkipped, `"maintain" of the service's role leaves out old audit events: ${skipped.stdout.trim()}${skipped.stderr}`)
  const { stdout } = await runBlock(maintain, 'that of the role of retention deletes them')
  report.check(/^audit +2500 events$/m.test(stdout), `and says so, 2,500 in three batches: ${/^audit.*$/m.exec(stdout)?.[0]}`)
}

/**
 * @param {{ database: Database, shell: Shell, runBlock: RunBlock, dump: string, restore: string, report: Report }} options
 */
async function tryBackup ({ database, shell, runBlock, dump, restore, report }) {
  const denied = await shell.run(dump.replace('$OWNER_URL', shell.toUrl('APP')))
  report.check(denied.code !== 0, `pg_dump with the role of the service is refused: ${denied.stderr.split('\n', 1)[0]}`)
  await runBlock(dump, 'pg_dump with the owner\'s works')
  assertSucceeded(await database.query(database.urlOf('postgres', 'postgres'), 'drop database gatepass with (force)'), 'psql')
  await runBlock(restore, 'the dropped database is made again, restored, migrated, and granted')
}

/**
 * @param {Record<string, string>} settings
 * @param {string} directory
 * @param {Report} report
 * @param {unknown} refreshToken
 */
async function tryRestored (settings, directory, report, refreshToken) {
  const { address, stop } = await startInstance(settings, directory)
  try {
    const { status } = await post(`${address}/auth/refresh`, { refresh_token: refreshToken })
    report.check(status === 200, `a session of before goes on: ${status}`)
    const login = await logIn(address, 'root@example.com')
    report.check(typeof login.access_token === 'string', 'and so do logins')
  } finally {
    await stop()
  }
}

/**
 * compose.yaml without containers: its SQL, commands and environments, in its order, with another address of the database.
 *
 * @param {string} directory
 * @param {Report} report
 */
async function tryCompose (directory, report) {
  const port = await freePort()
  const database = await startDatabase({ port })
  /** @type {{ services: Record<string, ComposeService> }} */
  const { services } = parse(await readFile(join(ROOT, 'compose.yaml'), 'utf8'), { merge: true })
  const values = new Map(['POSTGRES', 'GATEPASS_OWNER', 'GATEPASS_APP', 'GATEPASS_RETENTION']
    .map((name) => [`${name}_PASSWORD`, randomBytes(24).toString('hex')]))
  values.set('SECRET_KEYS', randomBytes(32).toString('base64')).set('ADMIN_EMAIL', 'root@example.com').set('ADMIN_PASSWORD', PASSWORD)

  /** @param {string} name */
  const readEnvironment = (name) => Object.fromEntries(Object.entries(services[name]?.environment ?? {}).map(([key, value]) => {
    const filled = value.replace(/\$\{(\w+):[?-]([^}]*)\}/g, (_match, variable, other) => values.get(variable) ?? other)
    return [key, filled.replace('@postgres/', `@127.0.0.1:${port}/`).replace(/^postgres$/, '127.0.0.1')]
  }))

  try {
    const { bin } = database.postgres
    const psql = [join(bin, 'psql'), '--no-psqlrc', '--set', 'ON_ERROR_STOP=1', '--file']
    // As the image runs files of /docker-entrypoint-initdb.d.
    const steps = {
      'roles.sql': () => {
        const file = join(ROOT, 'deploy/postgres/roles.sql')
        return execute([...psql, file, database.urlOf('postgres', 'postgres')], readEnvironment('postgres'))
      },
      migrate: () => gatepass((services.migrate?.command ?? []).join(' '), readEnvironment('migrate')),
      grants: () => {
        const [, ...parameters] = services.grants?.command ?? []
        const here = parameters.map((parameter) => parameter.replace('/grants.sql', join(ROOT, 'deploy/postgres/grants.sql')))
        return execute([join(bin, 'psql'), ...here], { ...readEnvironment('grants'), PGPORT: String(port) })
      }
    }
    for (const [name, step] of Object.entries(steps)) {
      const { code, stderr } = await step()
      report.check(code === 0, `compose.yaml, without containers: ${name}${code === 0 ? '' : `: ${stderr}`}`)
    }
    const { address, stop } = await startInstance({ ...readEnvironment('gatepass'), METRICS_PORT: String(await freePort()) }, directory)
    const login = await logIn(address, 'root@example.com').finally(stop)
    report.check(typeof login.access_token === 'string', 'compose.yaml, without containers: an instance, at which its admin logs in')
    const { code, stdout, stderr } = await gatepass((services.maintain?.command ?? []).join(' '), readEnvironment('maintain'))
    report.check(code === 0, `compose.yaml, without containers: maintain: ${stdout.replaceAll('\n', '; ')}${stderr}`)
  } finally {
    await database.postgres.remove()
  }
}

/**
 * @param {string} document
 * @param {string} heading of a section
 * @returns {Promise<string[]>} its commands
 */
async function listBlocks (document, heading) {
  const text = await readFile(join(ROOT, document), 'utf8')
  const [, section = ''] = text.split(`\n${heading}\n`)
  return [...(section.split(/^## /m)[0] ?? '').matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block)
}

/**
 * A shell that keeps what it exports from block to block, in which `npx gatepass` is the built program.
 *
 * @param {{ directory: string, port: number, bin: string, adminUrl: string }} options
 */
async function openShell ({ directory, port, bin, adminUrl }) {
  await symlink(join(ROOT, 'deploy'), join(directory, 'deploy'))
  const main = join(ROOT, 'dist/cli/main.js')
  await writeFile(join(directory, 'npx'), `#!/bin/sh\nshift\nexec '${process.execPath}' '${main}' "$@"\n`, { mode: 0o755 })
  /** @type {Record<string, string>} */
  let env = { PATH: [directory, bin, process.env.PATH].join(':'), ADMIN_URL: adminUrl }
  return {
    /** @param {string} block */
    async run (block) {
      const here = block.replaceAll('@db/', `@127.0.0.1:${port}/`)
      const file = join(directory, 'environment')
      await rm(file, { force: true })
      const ended = await execute(['sh', '-c', `set -e; cd '${directory}'\n${here}\nenv --null > '${file}'`], env)
      if (ended.code === 0) {
        const pairs = (await readFile(file, 'utf8')).split('\0').filter(Boolean).map((pair) => pair.split(/=([^]*)/, 2))
        env = Object.fromEntries(pairs.filter(([name]) => name !== 'DATABASE_URL'))
      }
      return ended
    },
    /** @param {string} role such as APP; returns the address with its password */
    toUrl: (role) => `postgres://gatepass_${role.toLowerCase()}:${env[`GATEPASS_${role}_PASSWORD`]}@127.0.0.1:${port}/gatepass`
  }
}

// The database: whether it can be reached, what the role may do there, what is between it and us, and what time it has.
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { ClockSkew } from '../../contract/index.ts'
import { pendingMigrations } from '../../database/index.ts'
import { findModuleMigrations } from '../../team-modules.ts'
import { toSentence } from '../failure.ts'
import { firstOf, type Finding, type DatabaseContext } from './finding.ts'

/** Of PostgreSQL 15. */
const MIN_VERSION = 150_000
/** An instance has so many beside its pool. */
const OWN_CONNECTIONS = 4

interface ServerRow {
  number: number
  version: string
  database: string
  role: string
  is_superuser: boolean
  is_read_only: boolean
  encoding: string
  connections: number
}

/**
 * The server itself.
 *
 * @throws where it cannot be reached
 */
export async function checkServer ({ database, config }: DatabaseContext): Promise<Finding> {
  const { rows: [row] } = await sql<ServerRow>`
    select current_setting('server_version_num')::int as number, current_setting('server_version') as version,
      current_database() as database, current_user as role, current_setting('server_encoding') as encoding,
      pg_is_in_recovery() or current_setting('transaction_read_only') = 'on' as is_read_only,
      (select rolsuper from pg_roles where rolname = current_user) as is_superuser,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as connections
  `.execute(database.kysely)
  if (row === undefined) throw new Error('the database returned no row')
  const { number, version, role, encoding, connections } = row
  const needed = config.database.poolSize + OWN_CONNECTIONS
  const isServer = !database.embedded
  return firstOf('database', [
    [number < MIN_VERSION, 'fault', `The server is PostgreSQL ${version}: 15 or later is needed.`],
    [row.is_read_only, 'fault', 'The database is read-only: it is a standby, or default_transaction_read_only is on. Use the primary.'],
    [
      encoding !== 'UTF8', 'fault',
      `The encoding of the database is ${encoding}, which lacks characters that e-mails have: make another database, with ` +
      '"encoding \'UTF8\' template template0".'
    ],
    [
      isServer && needed > connections, 'fault',
      `DATABASE_POOL_SIZE is ${config.database.poolSize}, and an instance has ${OWN_CONNECTIONS} connections more, but the server ` +
      `accepts ${connections} in all: lower it, so that all instances fit.`
    ],
    [
      isServer && row.is_superuser, 'warning',
      `The role "${role}" is a superuser, which the service needs not: give it a role of its own, see "The database role" in ` +
      'docs/runbook.md.'
    ]
  ], `${isServer ? `Database "${row.database}" is reached as "${role}"` : 'The embedded database can be opened'} (PostgreSQL ${version}).`)
}

/** Whether the schema is that of this version. */
export async function checkMigrations ({ database, app }: DatabaseContext): Promise<{ finding: Finding, isWhole: boolean }> {
  const check = 'migrations'
  try {
    const pending = await pendingMigrations(database, findModuleMigrations(app.modules))
    const names = pending.join(', ')
    const finding = firstOf(check, [
      [names !== '' && database.embedded, 'ok', `The next start applies ${names}.`],
      [names !== '', 'fault', `Migrations are pending (${names}): run "npx gatepass migrate" as the owner of the database.`]
    ], 'All migrations are applied.')
    return { finding, isWhole: names === '' }
  } catch (error) {
    return { finding: { check, level: 'fault', message: toSentence(error) }, isWhole: false }
  }
}

/** As in deploy/postgres/grants.sql. */
const RIGHTS: Readonly<Record<string, readonly string[]>> = {
  users: ['select', 'insert', 'update', 'delete'],
  sessions: ['select', 'insert', 'update', 'delete'],
  signing_keys: ['select', 'insert', 'update', 'delete'],
  login_attempts: ['select', 'insert', 'update', 'delete'],
  mails: ['select', 'insert', 'update', 'delete'],
  mail_proofs: ['select', 'insert', 'update', 'delete'],
  totp: ['select', 'insert', 'update', 'delete'],
  recovery_codes: ['select', 'insert', 'update', 'delete'],
  passkeys: ['select', 'insert', 'update', 'delete'],
  global_state: ['select', 'update'],
  revocations: ['select', 'insert', 'delete'],
  audit_events: ['select', 'insert']
}

/** What the role may do with our tables, which exist. */
export async function checkRights ({ database }: DatabaseContext): Promise<Finding> {
  const wanted = Object.entries(RIGHTS).flatMap(([name, rights]) => rights.map((right) => ({ name, right })))
  const { rows } = await sql<{ name: string, rights: string }>`
    select name, string_agg("right", ', ' order by "right") as rights
    from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as wanted (name text, "right" text)
    where not has_table_privilege(name, "right") group by name order by name`.execute(database.kysely)
  const missing = rows.map(({ name, rights }) => `${rights} on ${name}`).join('; ')
  return firstOf('rights', [
    [missing !== '', 'fault', `The database role lacks rights (${missing}): run deploy/postgres/grants.sql as the owner of the database.`]
  ], 'The database role may do all that the service does.')
}

/** Behind a pooler a role has the time limits that an instance otherwise sets itself. */
export async function checkDeadline ({ database }: DatabaseContext): Promise<Finding> {
  const { rows: [row] } = await sql<{ role: string, is_unlimited: boolean }>`
    select current_user as role, current_setting('statement_timeout') = '0' as is_unlimited`.execute(database.kysely)
  return firstOf('deadline', [
    [
      row?.is_unlimited === true && !database.embedded, 'warning',
      `Statements have no time limit, because a pooler is in between: run "alter role ${row?.role} set statement_timeout = '4s'".`
    ]
  ], 'The server ends a statement that takes too long.')
}

const NOTIFY_TIMEOUT_MS = 2_000

/**
 * Whether notifications arrive.
 *
 * @param findReason what the listener has logged, if anything
 */
export async function checkListen ({ database, config }: DatabaseContext, findReason: () => unknown): Promise<Finding> {
  const channel = `gatepass_doctor_${randomUUID().replaceAll('-', '_')}`
  const setting = config.database.listenUrl === undefined ? 'DATABASE_URL' : 'DATABASE_LISTEN_URL'
  let onArrival: (hasArrived: boolean) => void = () => {}
  const arrival = new Promise<boolean>((resolve) => { onArrival = resolve })
  const listening = await database.listen(channel, () => onArrival(true))
  const reason = findReason()
  const timer = setTimeout(onArrival, NOTIFY_TIMEOUT_MS, false)
  await sql`select pg_notify(${channel}, '')`.execute(database.kysely)
  const hasArrived = listening.connected && await arrival
  clearTimeout(timer)
  return firstOf('listen', [
    [!listening.connected && reason !== undefined, 'fault', `Nothing can listen through ${setting}: ${toSentence(reason)}`],
    [
      !listening.connected, 'warning',
      'DATABASE_URL leads to a pooler, so nothing listens, and a revocation takes up to two seconds to reach other instances: set ' +
      'DATABASE_LISTEN_URL to the address of the database itself.'
    ],
    [
      !hasArrived, 'fault',
      `Notifications do not arrive through ${setting}: it must lead to the database of DATABASE_URL itself, with no pooler in between.`
    ]
  ], 'Notifications of the database arrive.')
}

/** This machine's clock beside that of the database, which all instances go by. */
export async function checkClock ({ database }: DatabaseContext): Promise<Finding> {
  const skew = new ClockSkew()
  const askedAt = performance.now()
  const { rows: [row] } = await sql<{ now: string }>`
    select floor(extract(epoch from clock_timestamp()) * 1000)::text as now`.execute(database.kysely)
  skew.observe({ ours: Date.now(), issuers: Number(row?.now), maxAgeMs: performance.now() - askedAt })
  const seconds = Math.round(Math.abs(skew.seconds ?? 0))
  const direction = skew.side === 'ahead' ? 'ahead of' : 'behind'
  return firstOf('clock', [
    [
      skew.side !== 'none', 'fault',
      `The clock of this machine is ${seconds} s ${direction} that of the database, so valid tokens are refused here: set both by NTP.`
    ]
  ], 'The clock of this machine agrees with that of the database.')
}

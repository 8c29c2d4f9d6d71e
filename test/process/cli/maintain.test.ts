// `gatepass maintain` as a process.
import { sql } from 'kysely'
import t from 'tap'
import { AUDIT_RETENTION_LEADER_LOCK, transact, type Database } from '../../../src/database/index.ts'
import { onPostgres } from '../../support/database.ts'
import { createCommandRunner } from '../../support/process.ts'
import { until } from '../../support/until.ts'

t.setTimeout(120_000)

onPostgres(t, 'it runs each job once, waits for another instance, and needs no SECRET_KEYS', async (t, database, url) => {
  const gatepass = createCommandRunner(t, { DATABASE_URL: url, AUDIT_RETENTION_DAYS: '30' })
  await sql`insert into audit_events (id, at, type)
    select (lpad(to_hex(1600000000000 + n), 12, '0') || repeat('0', 20))::uuid, now() - interval '31 days', 'login'
    from generate_series(1, 1500) as n`.execute(database.kysely)
  await sql`insert into login_attempts (key, decayed_at) values (gen_random_uuid(), now() - interval '1 day')`.execute(database.kysely)
  const { ended } = await transact(database, async (trx) => {
    // As an instance that deletes a batch.
    await sql`select pg_advisory_xact_lock(${AUDIT_RETENTION_LEADER_LOCK})`.execute(trx)
    const ended = gatepass('maintain --json')
    let isOver = false
    ended.then(() => { isOver = true })
    await until(async () => isOver || await isLockAwaited(database))
    return { ended }
  })
  const { code, stdout, stderr } = await ended
  t.match({ code, stderr }, { code: 0, stderr: '' })
  t.strictSame(JSON.parse(stdout), {
    jobs: [
      { job: 'sessions', rows: { sessions: 0, revocations: 0 } },
      { job: 'audit', rows: { events: 1500 } },
      { job: 'not-before', rows: { advances: 0 } },
      { job: 'attempts', rows: { counters: 1 } },
      { job: 'mails', rows: { addresses: 0, mails: 0, proofs: 0 } },
      { job: 'factors', rows: { secrets: 0, users: 0 } }
    ]
  })
  t.match(await gatepass('maintain'), { code: 0, stdout: /^JOB +ROWS\nsessions +0 sessions, 0 revocations\naudit +0 events\n/ })
})

onPostgres(t, 'with a role that may run no job it fails', async (t, database, url) => {
  const role = `nobody_${url.split('/').at(-1)?.replace(/\W.*/, '')}`
  await sql.raw(`create role ${role} login; grant select on gatepass_migrations to ${role}`).execute(database.kysely)
  t.teardown(() => sql.raw(`drop owned by ${role}; drop role ${role}`).execute(database.kysely))
  const DATABASE_URL = url.replace(/^(postgres(?:ql)?:\/\/)(?:[^@/]*@)?/, `$1${role}@`)
  t.strictSame(await createCommandRunner(t, { DATABASE_URL })('maintain'), {
    code: 1, stdout: '', stderr: 'gatepass: The database role may run none of the jobs of maintenance.\n'
  })
})

async function isLockAwaited ({ kysely }: Database): Promise<boolean> {
  const { rows } = await sql`select from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`.execute(kysely)
  return rows.length > 0
}

import t from 'tap'
import { createMaintenanceJobs, startMaintenance } from '../../src/maintenance.ts'
import { eachDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

eachDatabase(t, 'expired rows are deleted, and others stay', async (t, database) => {
  const expiry = (seconds: number) => new Date(Date.now() + seconds * 1000)
  await database.kysely.insertInto('revocations').values([
    { kind: 'everybody', not_before: 1, expires_at: expiry(-60) },
    { kind: 'everybody', not_before: 2, expires_at: expiry(60) }
  ]).execute()
  const logged: object[] = []
  const maintenance = startMaintenance({
    jobs: createMaintenanceJobs({ sessionIdleSeconds: 3600, auditRetentionDays: 1, secondFactor: 'optional' }, database),
    log: { info: (details) => logged.push(details), warn: (details) => t.fail(JSON.stringify(details)) },
    intervalSeconds: 0.02
  })
  await until(() => logged.length > 0)
  await maintenance.close()
  t.strictSame(logged, [{ event: 'maintenance_done', job: 'sessions', rows: { sessions: 0, revocations: 1 } }])
  t.match(await database.kysely.selectFrom('revocations').select('not_before').execute(), [{ not_before: '2' }])
})

t.test('a job that cannot run is skipped, which is logged once, until it can', async (t) => {
  const logged: Array<[details: object, sentence: string]> = []
  let canRun = false
  let checked = 0
  let done = 0
  const maintenance = startMaintenance({
    jobs: [{ name: 'audit', canRun: async () => { checked++; return canRun }, work: async () => ({ rows: done++ }) }],
    log: { info: (...entry) => logged.push(entry), warn: (details) => t.fail(JSON.stringify(details)) },
    intervalSeconds: 0.01
  })
  await until(() => checked >= 5)
  t.strictSame(logged, [[{ event: 'maintenance_skipped', job: 'audit' }, 'skipped: the database role lacks DELETE on audit_events']])
  t.equal(done, 0)
  canRun = true
  await until(() => done > 0)
  await maintenance.close()
})

t.test('a failed job is logged, and stops no other', async (t) => {
  let done = 0
  const warned: object[] = []
  const maintenance = startMaintenance({
    jobs: [
      { name: 'broken', work: () => Promise.reject(new Error('away')) },
      { name: 'good', work: async () => ({ rows: ++done }) }
    ],
    log: { info () {}, warn: (details) => warned.push(details) },
    intervalSeconds: 0.01
  })
  await until(() => done >= 2)
  await maintenance.close()
  const end = done
  t.match(warned[0], { event: 'maintenance_failed', job: 'broken', err: { message: 'away' } })
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(done, end, 'nothing runs after close')
})

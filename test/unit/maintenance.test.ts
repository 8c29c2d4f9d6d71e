import t from 'tap'
import { createMaintenanceJobs, startMaintenance } from '../../src/maintenance.ts'
import { eachDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'

eachDatabase(t, 'what has expired goes by itself, and what has not stays', async (t, database) => {
  const expiry = (seconds: number) => new Date(Date.now() + seconds * 1000)
  await database.kysely.insertInto('revocations').values([
    { kind: 'everybody', not_before: 1, expires_at: expiry(-60) },
    { kind: 'everybody', not_before: 2, expires_at: expiry(60) }
  ]).execute()
  const told: object[] = []
  const maintenance = startMaintenance({
    jobs: createMaintenanceJobs({ sessionIdleSeconds: 3600, auditRetentionDays: 1 }, database),
    log: { info: (details) => told.push(details), warn: (details) => t.fail(JSON.stringify(details)) },
    intervalSeconds: 0.02
  })
  await until(() => told.length > 0)
  await maintenance.close()
  t.strictSame(told, [{ job: 'sessions', rows: { sessions: 0, revocations: 1 } }])
  t.match(await database.kysely.selectFrom('revocations').select('not_before').execute(), [{ not_before: '2' }])
})

t.test('a job that is not ours is left to others, which is told once, until it is', async (t) => {
  const told: Array<[details: object, sentence: string]> = []
  let canRun = false
  let asked = 0
  let done = 0
  const maintenance = startMaintenance({
    jobs: [{ name: 'audit', canRun: async () => { asked++; return canRun }, work: async () => ({ rows: done++ }) }],
    log: { info: (...entry) => told.push(entry), warn: (details) => t.fail(JSON.stringify(details)) },
    intervalSeconds: 0.01
  })
  await until(() => asked >= 5)
  t.strictSame(told, [[{ job: 'audit' }, 'skipped: the database role lacks DELETE on audit_events']])
  t.equal(done, 0)
  canRun = true
  await until(() => done > 0)
  await maintenance.close()
})

t.test('a job that fails is told of, and keeps no other from being done', async (t) => {
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
  t.match(warned[0], { job: 'broken', err: { message: 'away' } })
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(done, end, 'nothing is done after it is closed')
})

import { setTimeout as sleep } from 'node:timers/promises'
import { canDeleteAudit, deleteExpiredAudit } from './audit/index.ts'
import type { Config } from './config/index.ts'
import { applySecondFactorPolicy } from './factors/index.ts'
import { deleteOldMails } from './mail/index.ts'
import { deleteExpiredCounters } from './throttle/index.ts'
import { findSqlState, type BatchControl, type Database } from './database/index.ts'
import { advanceDueNotBefores, deleteInactiveSessions } from './sessions/index.ts'

/** A job that runs at an interval, in batches. */
interface Job {
  name: string
  /** Mean interval; default: that of `startMaintenance`. */
  everySeconds?: number
  /** For the log, when rows were changed. */
  sentence?: string
  /** Whether this instance is able to run it; default: yes. */
  canRun? (): Promise<boolean>
  /** @returns the number of changed rows, by table or kind */
  work (control: BatchControl): Promise<RowCounts>
}

type RowCounts = Readonly<Record<string, number>>

/** What one run of a job did; `rows` is undefined if the database role may not run it. */
export interface JobResult {
  job: string
  rows: RowCounts | undefined
}

interface MaintenanceOptions {
  jobs: readonly Job[]
  log: { info (details: object, sentence: string): void, warn (details: object, sentence: string): void }
  /** Mean interval of jobs that have none of their own. */
  intervalSeconds?: number
}

/** SQLSTATE */
const INSUFFICIENT_PRIVILEGE = '42501'

const HOUR_SECONDS = 3600
/** Short, because these are changes whose instance was killed before it applied them. */
const DUE_SECONDS = 2

type Retention = Pick<Config, 'sessionIdleSeconds' | 'auditRetentionDays' | 'secondFactor'>

/** Deletions of expired rows, and not-before advances that are due. An advisory lock elects one instance for each batch. */
export function createMaintenanceJobs ({ sessionIdleSeconds, auditRetentionDays, secondFactor }: Retention, database: Database): Job[] {
  return [
    { name: 'sessions', work: async (control) => ({ ...await deleteInactiveSessions(database, { sessionIdleSeconds, ...control }) }) },
    {
      name: 'audit',
      canRun: () => canDeleteAudit(database),
      work: async (control) => ({ events: await deleteExpiredAudit(database, { retentionDays: auditRetentionDays, ...control }) })
    },
    {
      name: 'not-before',
      everySeconds: DUE_SECONDS,
      sentence: 'advanced not-before for changes that were due',
      work: async ({ signal }) => ({ advances: await advanceDueNotBefores(database, { signal }) })
    },
    { name: 'attempts', work: async (control) => ({ counters: await deleteExpiredCounters(database, control) }) },
    { name: 'mails', sentence: 'deleted old mails, addresses and proofs', work: (control) => deleteOldMails(database, control) },
    {
      name: 'factors',
      sentence: 'deleted unconfirmed secrets, and applied SECOND_FACTOR',
      work: (control) => applySecondFactorPolicy(database, { secondFactor, ...control })
    }
  ]
}

/**
 * Runs each job once, beside instances that may run them too, until nothing is left that had expired when it began.
 *
 * @throws whatever a job threw, except that the database role may not run it
 */
export async function runMaintenance (jobs: readonly Job[]): Promise<JobResult[]> {
  const results: JobResult[] = []
  for (const { name, work } of jobs) {
    const rows = await work({ waits: true }).catch((error: unknown) => {
      if (findSqlState(error) !== INSUFFICIENT_PRIVILEGE) throw error
      return undefined
    })
    results.push({ job: name, rows })
  }
  return results
}

/**
 * Runs the jobs at random intervals, so that instances do not run them together.
 *
 * @returns a handle that stops them, and waits for the batch in progress
 */
export function startMaintenance ({ jobs, log, intervalSeconds = HOUR_SECONDS }: MaintenanceOptions): { close (): Promise<void> } {
  const stop = new AbortController()
  const { signal } = stop
  const skipped = new Set<string>()
  const running = Promise.all(jobs.map(run))

  async function run (job: Job): Promise<void> {
    const { everySeconds = intervalSeconds } = job
    while (!signal.aborted) {
      await sleep(everySeconds * (0.5 + Math.random()) * 1000, undefined, { signal, ref: false }).catch(() => {})
      if (!signal.aborted) await attempt(job)
    }
  }

  async function attempt ({ name, sentence = 'deleted expired rows', canRun = async () => true, work }: Job): Promise<void> {
    try {
      if (!await canRun()) return skip(name)
      const rows = await work({ signal })
      if (Object.values(rows).some((count) => count > 0)) log.info({ event: 'maintenance_done', job: name, rows }, sentence)
    } catch (error) {
      log.warn({ event: 'maintenance_failed', job: name, err: error }, 'a maintenance job failed')
    }
  }

  function skip (name: string): void {
    const sentence = 'skipped: the database role lacks DELETE on audit_events'
    if (!skipped.has(name)) log.info({ event: 'maintenance_skipped', job: name }, sentence)
    skipped.add(name)
  }

  return {
    async close () {
      stop.abort()
      await running
    }
  }
}

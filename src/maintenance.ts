import { setTimeout as sleep } from 'node:timers/promises'
import { mayRemoveAudit, removeOldAudit } from './audit/index.ts'
import type { Config } from './config/index.ts'
import { removeSpentAttempts } from './throttle/index.ts'
import type { Database } from './database/index.ts'
import { advanceDue, removeExpiredSessions } from './sessions/index.ts'

/** Work that is done again and again, in batches; it says how many rows were done, by what they are. */
export interface Job {
  name: string
  /** Between two rounds, about; if not said, what `startMaintenance` is given. */
  everySeconds?: number
  /** For the log, once something was done. */
  sentence?: string
  /** Whether it is for us to do; it is unless this says otherwise. */
  canRun? (): Promise<boolean>
  work (signal: AbortSignal): Promise<Readonly<Record<string, number>>>
}

export interface MaintenanceOptions {
  jobs: readonly Job[]
  log: { info (details: object, sentence: string): void, warn (details: object, sentence: string): void }
  /** Between two rounds, about. */
  intervalSeconds?: number
}

const HOUR_SECONDS = 3600
/** Somebody waits for it, or their process was killed. */
const DUE_SECONDS = 2

/** What has to go from the database, and what somebody who was killed has left to do. Of several instances, the one that is elected for a batch removes it. */
export function createMaintenanceJobs ({ sessionIdleSeconds, auditRetentionDays }: Pick<Config, 'sessionIdleSeconds' | 'auditRetentionDays'>, database: Database): Job[] {
  return [
    { name: 'sessions', work: async (signal) => ({ ...await removeExpiredSessions(database, { sessionIdleSeconds, signal }) }) },
    {
      name: 'audit',
      canRun: () => mayRemoveAudit(database),
      work: async (signal) => ({ events: await removeOldAudit(database, { retentionDays: auditRetentionDays, signal }) })
    },
    {
      name: 'not-before',
      everySeconds: DUE_SECONDS,
      sentence: 'refused the tokens from before a change that was committed',
      work: async (signal) => ({ advances: await advanceDue(database, { signal }) })
    },
    { name: 'attempts', work: async (signal) => ({ counters: await removeSpentAttempts(database, { signal }) }) }
  ]
}

/**
 * Does the jobs from now on, at moments that instances do not share.
 *
 * @returns a handle that stops it, and waits for the batch under way
 */
export function startMaintenance ({ jobs, log, intervalSeconds = HOUR_SECONDS }: MaintenanceOptions): { close (): Promise<void> } {
  const stop = new AbortController()
  const { signal } = stop
  const left = new Set<string>()
  const running = Promise.all(jobs.map(run))

  async function run (job: Job): Promise<void> {
    const { everySeconds = intervalSeconds } = job
    while (!signal.aborted) {
      await sleep(everySeconds * (0.5 + Math.random()) * 1000, undefined, { signal, ref: false }).catch(() => {})
      if (!signal.aborted) await attempt(job)
    }
  }

  async function attempt ({ name, sentence = 'removed what had expired', canRun = async () => true, work }: Job): Promise<void> {
    try {
      if (!await canRun()) return leave(name)
      const rows = await work(signal)
      if (Object.values(rows).some((count) => count > 0)) log.info({ job: name, rows }, sentence)
    } catch (error) {
      log.warn({ job: name, err: error }, 'a maintenance job failed')
    }
  }

  function leave (name: string): void {
    if (!left.has(name)) log.info({ job: name }, 'skipped: the database role lacks DELETE on audit_events')
    left.add(name)
  }

  return {
    async close () {
      stop.abort()
      await running
    }
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import { mayRemoveAudit, removeOldAudit } from './audit/index.ts'
import type { Config } from './config.ts'
import { removeSpentAttempts } from './credentials/index.ts'
import type { Database } from './database/index.ts'
import { advanceDue, removeExpiredSessions } from './sessions/index.ts'

/** Work that is done again and again, in batches; it says how many rows were done, by what they are. */
export interface Chore {
  name: string
  /** Between two rounds, about; if not said, what `startHousekeeping` is given. */
  everySeconds?: number
  /** For the log, once something was done. */
  sentence?: string
  /** Whether it is for us to do; it is unless this says otherwise. */
  isOurs? (): Promise<boolean>
  work (signal: AbortSignal): Promise<Readonly<Record<string, number>>>
}

export interface HousekeepingOptions {
  chores: readonly Chore[]
  log: { info (details: object, sentence: string): void, warn (details: object, sentence: string): void }
  /** Between two rounds, about. */
  intervalSeconds?: number
}

const HOUR_SECONDS = 3600
/** Somebody waits for it, or their process was killed. */
const DUE_SECONDS = 2

/** What has to go from the database, and what somebody who was killed has left to do. Of several instances, the one that is elected for a batch removes it. */
export function choresOf ({ sessionIdleSeconds, auditRetentionDays }: Pick<Config, 'sessionIdleSeconds' | 'auditRetentionDays'>, database: Database): Chore[] {
  return [
    { name: 'sessions', work: async (signal) => ({ ...await removeExpiredSessions(database, { sessionIdleSeconds, signal }) }) },
    {
      name: 'audit',
      isOurs: () => mayRemoveAudit(database),
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
 * Does the chores from now on, at moments that instances do not share.
 *
 * @returns a handle that stops it, and waits for the batch under way
 */
export function startHousekeeping ({ chores, log, intervalSeconds = HOUR_SECONDS }: HousekeepingOptions): { close (): Promise<void> } {
  const stop = new AbortController()
  const { signal } = stop
  const left = new Set<string>()
  const running = Promise.all(chores.map(run))

  async function run (chore: Chore): Promise<void> {
    const { everySeconds = intervalSeconds } = chore
    while (!signal.aborted) {
      await sleep(everySeconds * (0.5 + Math.random()) * 1000, undefined, { signal, ref: false }).catch(() => {})
      if (!signal.aborted) await attempt(chore)
    }
  }

  async function attempt ({ name, sentence = 'removed what had expired', isOurs = async () => true, work }: Chore): Promise<void> {
    try {
      if (!await isOurs()) return leave(name)
      const rows = await work(signal)
      if (Object.values(rows).some((count) => count > 0)) log.info({ chore: name, rows }, sentence)
    } catch (error) {
      log.warn({ chore: name, err: error }, 'a chore could not be done')
    }
  }

  function leave (name: string): void {
    if (!left.has(name)) log.info({ chore: name }, 'this is left to somebody else, for our database role may not do it')
    left.add(name)
  }

  return {
    async close () {
      stop.abort()
      await running
    }
  }
}

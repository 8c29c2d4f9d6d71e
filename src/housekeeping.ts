import { setTimeout as sleep } from 'node:timers/promises'
import { mayRemoveAudit, removeOldAudit } from './audit/index.ts'
import { type Config } from './config.ts'
import { removeSpentAttempts } from './credentials/index.ts'
import { type Database } from './database/index.ts'
import { removeExpiredSessions } from './sessions/index.ts'

/** Work that is done again and again, in batches; it says how many rows went, by table. */
export interface Chore {
  name: string
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

/** What has to go from the database. Of several instances, the one that is elected for a batch removes it. */
export function choresOf ({ sessionIdleSeconds, auditRetentionDays }: Pick<Config, 'sessionIdleSeconds' | 'auditRetentionDays'>, database: Database): Chore[] {
  return [
    { name: 'sessions', work: async (signal) => ({ ...await removeExpiredSessions(database, { sessionIdleSeconds, signal }) }) },
    {
      name: 'audit',
      isOurs: () => mayRemoveAudit(database),
      work: async (signal) => ({ events: await removeOldAudit(database, { retentionDays: auditRetentionDays, signal }) })
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
  const running = run()

  async function run (): Promise<void> {
    while (!signal.aborted) {
      await sleep(intervalSeconds * (0.5 + Math.random()) * 1000, undefined, { signal, ref: false }).catch(() => {})
      for (const chore of chores) if (!signal.aborted) await attempt(chore)
    }
  }

  async function attempt ({ name, isOurs = async () => true, work }: Chore): Promise<void> {
    try {
      if (!await isOurs()) return leave(name)
      const removed = await work(signal)
      if (Object.values(removed).some((count) => count > 0)) log.info({ chore: name, removed }, 'removed what had expired')
    } catch (error) {
      log.warn({ chore: name, err: error }, 'could not remove what had expired')
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

import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Database, DatabaseLog } from '../database/index.ts'
import { createWakeup } from './wakeup.ts'

export interface NotifyProbeOptions {
  database: Database
  channel: string
  log: DatabaseLog
  /** Between two tests. */
  intervalMs: number
  /** How long a notification may take. */
  timeoutMs: number
}

/** Whether notifications arrive. A pooler between us and the database may swallow them without a word. */
export interface NotifyProbe {
  readonly healthy: boolean
  /** What has been heard that is no news. */
  onNotification (payload: string): void
  /** Tests it now. */
  probe (): Promise<void>
  close (): Promise<void>
}

/** While nothing is heard, it is tried more often, so that one test that failed under load is soon forgotten. */
const RETRY_MS = 5_000

/** Sends itself a word through a pool, at once, now and then, and when asked, and listens for it. */
export function createNotifyProbe ({ database, channel, log, intervalMs, timeoutMs }: NotifyProbeOptions): NotifyProbe {
  const bell = createWakeup()
  let isGood = false
  const stop = new AbortController()
  let wasGood = true
  let expected: { nonce: string, onHeard: (isHeard: boolean) => void } | undefined
  let testing: Promise<void> | undefined

  async function ask (): Promise<void> {
    try {
      isGood = await isHeard(randomUUID())
    } catch {
      // Whoever reads what there is to know tells of a database that is away.
      isGood = false
    }
    if (isGood === wasGood || stop.signal.aborted) return
    wasGood = isGood
    if (isGood) log.info({}, 'notifications of the database are heard again')
    else log.warn({}, 'notifications of the database are not heard; revocations are looked for every second. Behind a pooler, set DATABASE_LISTEN_URL')
  }

  async function isHeard (nonce: string): Promise<boolean> {
    let timer
    try {
      const heard = new Promise<boolean>((resolve) => {
        expected = { nonce, onHeard: resolve }
      })
      await sql`select pg_notify(${channel}, ${nonce})`.execute(database.reserved)
      timer = setTimeout(() => expected?.onHeard(false), timeoutMs).unref()
      return await heard
    } finally {
      clearTimeout(timer)
      expected = undefined
    }
  }

  async function run (): Promise<void> {
    while (!stop.signal.aborted) {
      await bell.wait(isGood ? intervalMs : Math.min(intervalMs, RETRY_MS))
      if (!stop.signal.aborted) await test()
    }
  }

  async function test (): Promise<void> {
    testing ??= ask().finally(() => { testing = undefined })
    await testing
  }

  const running = run()
  return {
    get healthy () { return isGood },
    onNotification (payload) {
      if (payload === expected?.nonce) expected.onHeard(true)
    },
    probe,
    async close () {
      stop.abort()
      expected?.onHeard(false)
      bell.signal()
      await Promise.all([running, testing])
    }
  }
}

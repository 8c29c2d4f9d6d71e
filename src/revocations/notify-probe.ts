import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Database, DatabaseLog } from '../database/index.ts'
import { Wakeup } from '../wakeup.ts'

interface NotifyProbeOptions {
  database: Database
  channel: string
  log: DatabaseLog
  /** The time between two probes. */
  intervalMs: number
  /** How long a notification may take. */
  timeoutMs: number
}

/** After a failure the probe is repeated sooner, so that one failure under load does not count for long. */
const RETRY_MS = 5_000

const DEGRADED = 'notifications of the database do not arrive; revocations are read every second. Behind a pooler, set DATABASE_LISTEN_URL'

/**
 * Checks that notifications of the database arrive: a pooler in between may drop them silently. It sends itself a notification
 * through the pool now and then, and on request, and waits for it.
 */
export class NotifyProbe {
  readonly #options: NotifyProbeOptions
  readonly #wakeup = new Wakeup()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #isHealthy = false
  #isReportedHealthy = true
  #expected: { nonce: string, resolve: (hasArrived: boolean) => void } | undefined
  #probing: Promise<void> | undefined

  constructor (options: NotifyProbeOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** Whether the last probe succeeded. */
  get isHealthy (): boolean { return this.#isHealthy }

  /** @param payload of any notification that may be that of a probe */
  onNotification (payload: string): void {
    if (payload === this.#expected?.nonce) this.#expected.resolve(true)
  }

  /** Probes now, or joins the probe under way. */
  async probe (): Promise<void> {
    this.#probing ??= this.#probeOnce().finally(() => { this.#probing = undefined })
    await this.#probing
  }

  async close (): Promise<void> {
    this.#stop.abort()
    this.#expected?.resolve(false)
    this.#wakeup.signal()
    await Promise.all([this.#running, this.#probing])
  }

  async #run (): Promise<void> {
    const { intervalMs } = this.#options
    while (!this.#stop.signal.aborted) {
      await this.#wakeup.wait(this.#isHealthy ? intervalMs : Math.min(intervalMs, RETRY_MS))
      if (!this.#stop.signal.aborted) await this.probe()
    }
  }

  async #probeOnce (): Promise<void> {
    const { log } = this.#options
    try {
      this.#isHealthy = await this.#sendAndAwait(randomUUID())
    } catch {
      // The sync reports a database that cannot be reached.
      this.#isHealthy = false
    }
    if (this.#isHealthy === this.#isReportedHealthy || this.#stop.signal.aborted) return
    this.#isReportedHealthy = this.#isHealthy
    if (this.#isHealthy) log.info({ event: 'notify_restored' }, 'notifications of the database arrive again')
    else log.warn({ event: 'notify_degraded' }, DEGRADED)
  }

  async #sendAndAwait (nonce: string): Promise<boolean> {
    const { database, channel, timeoutMs } = this.#options
    let timer
    try {
      const arrival = new Promise<boolean>((resolve) => {
        this.#expected = { nonce, resolve }
      })
      await sql`select pg_notify(${channel}, ${nonce})`.execute(database.reserved)
      timer = setTimeout(() => this.#expected?.resolve(false), timeoutMs).unref()
      return await arrival
    } finally {
      clearTimeout(timer)
      this.#expected = undefined
    }
  }
}

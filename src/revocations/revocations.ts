import { setTimeout as sleep } from 'node:timers/promises'
import { ClockSkew, ExpiryClock, logClockSkew, RevocationSet, type RefreshRequired, type SessionRevoked } from '../contract/index.ts'
import type { Database, DatabaseLog, Listening } from '../database/index.ts'
import { Wakeup } from '../wakeup.ts'
import { NextRun } from './next-run.ts'
import { NotifyProbe } from './notify-probe.ts'
import { REVOCATIONS_CHANNEL } from './publish.ts'
import { RevocationSync, type RevocationEntry } from './sync.ts'

export interface RevocationsOptions {
  database: Database
  log: DatabaseLog
  /** The mean time between two syncs without a notification. */
  intervalMs?: number
  /** The age of the last sync from which this instance is stale. */
  staleAfterMs?: number
  notifyProbe?: { intervalMs: number, timeoutMs: number }
  /** This machine's clock in epoch milliseconds, which is compared with the database's. */
  clock?: () => number
}

/** Receives what must be rejected; the deny list of an edge is one. */
export interface RevocationListener {
  revokeSession (revoked: SessionRevoked): void
  requireRefresh (required: RefreshRequired): void
  /** The database's time in epoch milliseconds, now or a moment ago. */
  observeTime? (epochMs: number): void
}

/** The revocations in force, as far as this instance knows. */
export interface Revocations {
  /** Entries in force. */
  readonly size: number
  /** There was no sync yet, or the last one is too old: this instance may not know all revocations. */
  readonly isStale: boolean
  /** The database's time of the last successful sync: what was committed before it is known. */
  readonly asOf: Date | undefined
  /** Seconds since then, by a monotonic clock; Infinity if there was none. */
  readonly asOfAgeSeconds: number
  /** This machine's clock compared with the database's, at the last sync. */
  readonly clockSkew: Pick<ClockSkew, 'seconds' | 'side'>
  /** Whether notifications arrive; if not, revocations are read up to a second later, and none is lost. */
  readonly notify: 'ok' | 'degraded'
  /** Ended sessions. */
  sessions (): Iterable<SessionRevoked>
  /** Not-befores in force. */
  notBefores (): Iterable<RefreshRequired>
  /**
   * Notifies a listener of each new entry, once.
   *
   * @returns unsubscribes it
   */
  subscribe (listener: RevocationListener): () => void
  /** The same, after a replay of all entries in force. */
  subscribeWithReplay (listener: RevocationListener): () => void
  /** Resolves once listeners have received all that was committed before this call, or after a moment, if the database is slow. */
  catchUp (): Promise<void>
  close (): Promise<void>
}

const INTERVAL_MS = 1000
const STALE_AFTER_MS = 10_000
const NOTIFY_PROBE = { intervalMs: 60_000, timeoutMs: 1000 }

/** Each sweep covers a part of the entries. */
const SWEEP_EVERY_MS = 250

/** The least time between two syncs: a thousand notifications a second must not cause a thousand reads. */
const SPACING_MS = 5

/**
 * Keeps this instance up to date with the table `revocations`. It listens first, then reads everything, then syncs on each notification
 * and every second. Notifications carry no data. It survives outages of the database and reports when it is stale.
 *
 * @returns resolves after the first sync, successful or not
 */
export async function createRevocations (options: RevocationsOptions): Promise<Revocations> {
  const revocations = new SyncedRevocations(options)
  await revocations.start()
  return revocations
}

class SyncedRevocations implements Revocations {
  readonly #options: RevocationsOptions
  readonly #entries = new RevocationSet()
  readonly #listeners = new Set<RevocationListener>()
  readonly #wakeup = new Wakeup()
  readonly #stop = new AbortController()
  readonly #probe: NotifyProbe
  readonly #sync: RevocationSync
  readonly #expiry = new ExpiryClock({ elapsed: () => performance.now() })
  readonly #sweeping: NodeJS.Timeout
  readonly #nextSync = new NextRun()
  #isFailing = false
  #listening: Listening | undefined
  #running: Promise<void> | undefined
  readonly clockSkew = new ClockSkew()

  constructor (options: RevocationsOptions) {
    const { database, log, notifyProbe } = options
    this.#options = options
    this.#probe = new NotifyProbe({ database, log, channel: REVOCATIONS_CHANNEL, ...NOTIFY_PROBE, ...notifyProbe })
    this.#sync = new RevocationSync({
      database,
      onTime: (asOf, maxAgeMs) => this.#onTime(asOf, maxAgeMs),
      onEntry: (entry) => this.#onEntry(entry)
    })
    this.#sweeping = setInterval(() => this.#entries.evictExpired(this.#expiry.now()), SWEEP_EVERY_MS).unref()
  }

  get size (): number { return this.#entries.size }

  get isStale (): boolean { return this.#sync.ageMs > (this.#options.staleAfterMs ?? STALE_AFTER_MS) }

  get asOf (): Date | undefined { return this.#sync.asOf }

  get asOfAgeSeconds (): number { return this.#sync.ageMs / 1000 }

  get notify (): 'ok' | 'degraded' { return this.#probe.isHealthy && this.#listening?.connected === true ? 'ok' : 'degraded' }

  sessions (): Iterable<SessionRevoked> { return this.#entries.sessions() }

  notBefores (): Iterable<RefreshRequired> { return this.#entries.notBefores() }

  subscribe (listener: RevocationListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  subscribeWithReplay (listener: RevocationListener): () => void {
    if (this.#expiry.isSynced) listener.observeTime?.(this.#expiry.now() * 1000)
    for (const revoked of this.sessions()) listener.revokeSession(revoked)
    for (const required of this.notBefores()) listener.requireRefresh(required)
    return this.subscribe(listener)
  }

  catchUp (): Promise<void> {
    this.#wakeup.signal()
    return this.#nextSync.wait()
  }

  async start (): Promise<void> {
    const { database } = this.#options
    this.#listening = await database.listen(REVOCATIONS_CHANNEL, (payload) => this.#onNotify(payload), () => this.#onConnect())
    const probed = this.#probe.probe()
    await this.#trySync()
    this.#running = this.#run()
    await probed
  }

  async close (): Promise<void> {
    this.#stop.abort()
    clearInterval(this.#sweeping)
    this.#wakeup.signal()
    await this.#listening?.close()
    await Promise.all([this.#running, this.#probe.close()])
  }

  async #run (): Promise<void> {
    const { intervalMs = INTERVAL_MS } = this.#options
    while (!this.#stop.signal.aborted) {
      await sleep(SPACING_MS, undefined, { ref: false })
      // Jitter, so that instances do not all read at the same moment.
      await this.#wakeup.wait(intervalMs * (0.75 + Math.random() / 2))
      if (!this.#stop.signal.aborted) await this.#trySync()
    }
  }

  async #trySync (): Promise<void> {
    const { log } = this.#options
    const end = this.#nextSync.begin()
    try {
      await this.#sync.run()
      const details = { event: 'revocations_sync_restored', entries: this.size }
      if (this.#isFailing) log.info(details, 'revocations are in sync with the database again')
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing) log.warn({ event: 'revocations_sync_failed', err: error }, 'could not read revocations from the database')
      this.#isFailing = true
    }
    end()
  }

  #onNotify (payload: string): void {
    if (payload === '') this.#wakeup.signal()
    else this.#probe.onNotification(payload)
  }

  /** A server that crashed, or its replacement, may reuse transaction ids that were read already: no cursor is valid. */
  #onConnect (): void {
    this.#sync.reset()
    this.#wakeup.signal()
    this.#probe.probe().catch(() => {})
  }

  #onTime (asOf: number, maxAgeMs: number): void {
    const { clock = Date.now, log } = this.#options
    if (this.clockSkew.observe({ ours: clock(), issuers: asOf, maxAgeMs })) logClockSkew(log, this.clockSkew, 'database')
    this.#expiry.observe(asOf)
    for (const listener of this.#listeners) listener.observeTime?.(asOf)
  }

  #onEntry (entry: RevocationEntry): void {
    const isNew = 'revoked' in entry ? this.#entries.addSession(entry.revoked) : this.#entries.addNotBefore(entry.required)
    if (!isNew) return
    for (const listener of this.#listeners) {
      try {
        notify(listener, entry)
      } catch (error) {
        this.#options.log.warn({ event: 'revocation_listener_failed', err: error }, 'a listener failed to handle a revocation')
      }
    }
  }
}

function notify (listener: RevocationListener, entry: RevocationEntry): void {
  if ('revoked' in entry) listener.revokeSession(entry.revoked)
  else listener.requireRefresh(entry.required)
}

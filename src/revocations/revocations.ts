import { setTimeout as sleep } from 'node:timers/promises'
import { createClockSkew, createExpiryClock, type ClockSkew, type RefreshRequired, type SessionRevoked } from '../contract/index.ts'
import type { Database, DatabaseLog } from '../database/index.ts'
import { createWakeup } from './wakeup.ts'
import { createSync } from './sync.ts'
import { createRevocationSet } from './revocation-set.ts'
import { createNotifyProbe } from './notify-probe.ts'
import { REVOCATIONS_CHANNEL } from './publish.ts'
import type { RevocationEntry } from './read-since.ts'

export interface RevocationsOptions {
  database: Database
  log: DatabaseLog
  /** Between two catch-ups that no notification asked for, about. */
  intervalMs?: number
  /** How old the last catch-up may be. */
  staleAfterMs?: number
  /** Between two tests of whether notifications are heard, and how long one may take. */
  notifyProbe?: { intervalMs: number, timeoutMs: number }
  /** This machine's clock, in epoch milliseconds, which is compared with the database's. */
  clock?: () => number
}

/** Who wants to know what must no longer be accepted; the deny list of the edge is one. */
export interface RevocationListener {
  revokeSession (revoked: SessionRevoked): void
  requireRefresh (required: RefreshRequired): void
  /** The database's time as of now, or a moment ago. Epoch milliseconds. */
  observeTime? (epochMs: number): void
}

/** What must no longer be accepted, as this instance knows it. */
export interface Revocations {
  /** Entries in force. */
  readonly size: number
  /** Nothing has been read yet, or the last catch-up is too old: there may be revocations that this instance does not know. */
  readonly isStale: boolean
  /** The database's time of the last good catch-up: what was committed before it is known. */
  readonly asOf: Date | undefined
  /** Seconds since then, by a clock that nobody sets; Infinity when there was none. */
  readonly asOfAgeSeconds: number
  /** How this machine's clock compares with the database's, as of the last catch-up. */
  readonly clockSkew: Pick<ClockSkew, 'seconds' | 'side'>
  /** Whether notifications are heard; if not, news is up to a second late, and nothing is lost. */
  readonly notify: 'ok' | 'degraded'
  /** Sessions that have ended. */
  sessions (): Iterable<SessionRevoked>
  /** Cuts in force. */
  notBefores (): Iterable<RefreshRequired>
  /** Tells a listener each new entry, once, from now on; returns what stops it. */
  subscribe (listener: RevocationListener): () => void
  /** Tells a listener everything in force, then each new entry. */
  subscribeWithReplay (listener: RevocationListener): () => void
  close (): Promise<void>
}

const INTERVAL_MS = 1000
const BLIND_AFTER_MS = 10_000
const HEARING = { intervalMs: 60_000, withinMs: 1000 }

/** Between two sweeps, each of a part of the entries. */
const SWEEP_EVERY_MS = 250

/** A thousand notifications a second are not a thousand readings. */
const SPACING_MS = 5

/**
 * Learns what others publish: listens first, then reads everything, then catches up whenever it is notified, and every second.
 * Notifications only wake it; what there is to know is in the table. It outlives outages of the database, and tells when it is blind.
 *
 * @param options where, and a log
 * @returns once everything has been read, or could not be at the first attempt
 */
export async function createRevocations (options: RevocationsOptions): Promise<Revocations> {
  const { database, log, intervalMs = INTERVAL_MS, staleAfterMs = BLIND_AFTER_MS, clock = Date.now } = options
  const entries = createRevocationSet()
  const listeners = new Set<RevocationListener>()
  const bell = createWakeup()
  const stop = new AbortController()
  const hearing = createNotifyProbe({ database, log, channel: REVOCATIONS_CHANNEL, ...HEARING, ...options.notifyProbe })
  const catchUp = createSync({ database, observe, apply })
  const expiry = createExpiryClock({ elapsed: () => performance.now() })
  const clockSkew = createClockSkew()
  const sweeping = setInterval(() => entries.evictExpired(expiry.now()), SWEEP_EVERY_MS).unref()
  let isFailing = false

  const listening = await database.listen(REVOCATIONS_CHANNEL, onNotify, onConnect)
  const tested = hearing.probe()
  await attempt()
  const running = run()
  await tested

  function onNotify (payload: string): void {
    if (payload === '') bell.signal()
    else hearing.onNotification(payload)
  }

  /** A server that crashed, or another one that took over, may use transaction ids again that were seen before: no cursor holds. */
  function onConnect (): void {
    catchUp.reset()
    bell.signal()
    hearing.probe().catch(() => {})
  }

  async function run (): Promise<void> {
    while (!stop.signal.aborted) {
      await sleep(SPACING_MS, undefined, { ref: false })
      // Not all instances at the same moment.
      await bell.wait(intervalMs * (0.75 + Math.random() / 2))
      if (!stop.signal.aborted) await attempt()
    }
  }

  async function attempt (): Promise<void> {
    try {
      await catchUp.run()
      if (isFailing) log.info({ entries: entries.size }, 'caught up with revocations again')
      isFailing = false
    } catch (error) {
      if (!isFailing) log.warn({ err: error }, 'could not catch up with revocations')
      isFailing = true
    }
  }

  function observe (asOf: number, maxAgeMs: number): void {
    if (clockSkew.observe({ ours: clock(), issuers: asOf, maxAgeMs })) tellSkew(log, clockSkew)
    expiry.observe(asOf)
    for (const { observeTime } of listeners) observeTime?.(asOf)
  }

  function apply (entry: RevocationEntry): void {
    const isNew = 'revoked' in entry ? entries.addSession(entry.revoked) : entries.addNotBefore(entry.required)
    if (!isNew) return
    for (const listener of listeners) {
      try {
        tell(listener, entry)
      } catch (error) {
        log.warn({ err: error }, 'a revocation could not be handed on')
      }
    }
  }

  function onEntry (listener: RevocationListener): () => void {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  return {
    get size () { return entries.size },
    get isStale () { return catchUp.ageMs > staleAfterMs },
    get asOf () { return catchUp.asOf },
    get asOfAgeSeconds () { return catchUp.ageMs / 1000 },
    clockSkew,
    get notify () { return hearing.healthy && listening.connected ? 'ok' : 'degraded' },
    sessions: entries.sessions,
    notBefores: entries.notBefores,
    subscribe,
    subscribeWithReplay (listener) {
      if (expiry.isSynced) listener.observeTime?.(expiry.now() * 1000)
      for (const revoked of entries.sessions()) listener.revokeSession(revoked)
      for (const required of entries.notBefores()) listener.requireRefresh(required)
      return onEntry(listener)
    },
    async close () {
      stop.abort()
      clearInterval(sweeping)
      bell.signal()
      await listening.close()
      await Promise.all([running, hearing.close()])
    }
  }
}

function tellSkew (log: DatabaseLog, { side, seconds }: ClockSkew): void {
  const details = { event: 'clock_skew', side, skew_seconds: seconds }
  if (side === 'none') log.info(details, 'the clock of this machine agrees with that of the database again')
  else log.warn(details, 'the clock of this machine does not agree with that of the database: good access tokens are refused here')
}

function tell (listener: RevocationListener, entry: RevocationEntry): void {
  if ('revoked' in entry) listener.revokeSession(entry.revoked)
  else listener.requireRefresh(entry.required)
}

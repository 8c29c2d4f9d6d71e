import type { DenyList } from '../deny-list.ts'
import type { Time } from '../time.ts'
import { toHealth, type EdgeHealth } from './health.ts'
import { IssuerClient } from './issuer-client.ts'
import { fallbackLog, type EdgeLog } from './log.ts'
import { RemoteFeed } from './remote-feed.ts'
import { RemoteKeys } from './remote-keys.ts'
import type { RevocationOptions } from './revocation-options.ts'
import { readSnapshot, type Snapshot } from './snapshot-file.ts'
import { SnapshotWriter } from './snapshot-writer.ts'

interface IssuerStateOptions {
  issuer: string
  revocations?: false | RevocationOptions
  snapshotFile?: string
  maxKeyAge?: number
  log?: EdgeLog
  denyList: DenyList
  time: Time
  /** Called when new keys or revocations have arrived. */
  onUpdate: () => void
}

const DAY_SECONDS = 86_400
/** The longest delay of a timer. */
const MAX_KEY_AGE_SECONDS = 24 * DAY_SECONDS

/** All that an edge knows of its issuer, the keys and the revocations: read from the issuer, and saved in a file. */
export class IssuerState {
  readonly #issuer: string
  readonly #denyList: DenyList
  readonly #time: Time
  readonly #log: EdgeLog
  readonly #stop = new AbortController()
  readonly #writer: SnapshotWriter | undefined
  readonly #feed: RemoteFeed | undefined
  readonly keys: RemoteKeys

  /** @throws TypeError for an invalid option */
  constructor (options: IssuerStateOptions) {
    const { issuer, revocations = false, snapshotFile, maxKeyAge = DAY_SECONDS, log = fallbackLog, denyList, time, onUpdate } = options
    assertKeyAge(maxKeyAge)
    this.#issuer = issuer
    this.#denyList = denyList
    this.#time = time
    this.#log = log
    const { signal } = this.#stop
    const client = new IssuerClient({ issuer, signal })
    const restored = snapshotFile === undefined ? undefined : this.#restore(snapshotFile)
    const getSnapshot = () => this.#toSnapshot()
    this.#writer = snapshotFile === undefined ? undefined : new SnapshotWriter({ path: snapshotFile, getSnapshot, time, log })
    const onChange = () => this.#writer?.markDirty()
    const onKeysChange = () => {
      onChange()
      onUpdate()
    }
    this.keys = new RemoteKeys({
      issuer,
      client,
      time,
      log,
      maxAgeMs: maxKeyAge * 1000,
      onChange: onKeysChange,
      restored: restored && { ...restored, keysAgeMs: this.#ageSince(restored.keysAt) }
    })
    if (revocations === false) return
    const restoredMs = restored?.feedAt === undefined ? undefined : this.#ageSince(restored.feedAt)
    const { keys } = this
    this.#feed = new RemoteFeed({ options: revocations, client, keys, denyList, time, log, restoredMs, onChange, onUpdate, signal })
  }

  /** Whether there are keys and, if there is a feed, all of it. */
  get isSynced (): boolean { return this.keys.status !== undefined && (this.#feed === undefined || this.#feed.isSynced) }

  /** Whether valid tokens are rejected now because the feed is stale. */
  get failsClosed (): boolean { return this.#feed?.failsClosed ?? false }

  get health (): EdgeHealth {
    return toHealth({ issuer: this.#issuer, keys: this.keys.status, keyFailure: this.keys.failure, feed: this.#feed?.state })
  }

  start (): void {
    this.keys.start()
    this.#feed?.start()
  }

  async close (): Promise<void> {
    this.#stop.abort()
    this.keys.close()
    await this.#writer?.close()
  }

  #restore (path: string): Snapshot | undefined {
    try {
      const snapshot = readSnapshot(path, { issuer: this.#issuer })
      if (snapshot === undefined) return undefined
      const { issuerTime, sessions, notBefores, revokedKids, keys } = snapshot
      // An unknown time has passed since. Entries expire by the saved time, so a clock that was set meanwhile evicts none too early.
      if (issuerTime !== undefined) this.#denyList.restoreTime(issuerTime)
      for (const revoked of sessions) this.#denyList.revokeSession(revoked)
      for (const required of notBefores) this.#denyList.requireRefresh(required)
      for (const kid of revokedKids) this.#denyList.revokeKey(kid)
      const details = { event: 'edge_snapshot_restored', path, keys: keys.length, denied: this.#denyList.size }
      this.#log.info(details, 'restored the snapshot of an earlier process')
      return snapshot
    } catch (error) {
      this.#log.warn({ event: 'edge_snapshot_ignored', err: error, path }, 'the snapshot cannot be used and is ignored')
      return undefined
    }
  }

  #toSnapshot (): Snapshot {
    const now = this.#time.now()
    const { status, revoked } = this.keys
    const feedAgeMs = this.#feed?.state.ageMs
    return {
      issuer: this.#issuer,
      keys: status?.keys ?? [],
      keysAt: now - (status?.ageMs ?? 0),
      revokedKids: [...revoked],
      feedAt: feedAgeMs === undefined ? undefined : now - feedAgeMs,
      sessions: this.#denyList.sessions(),
      notBefores: this.#denyList.notBefores(),
      issuerTime: this.#denyList.now
    }
  }

  /** A time in the future shows that a clock was set, by at least as much: it counts as that old, not as fresh. */
  #ageSince (epochMs: number): number {
    return Math.abs(this.#time.now() - epochMs)
  }
}

function assertKeyAge (seconds: number): void {
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_KEY_AGE_SECONDS) return
  throw new TypeError(`maxKeyAge must be a whole number of seconds, at most ${MAX_KEY_AGE_SECONDS}`)
}

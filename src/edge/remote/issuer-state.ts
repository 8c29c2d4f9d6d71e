import type { DenyList } from '../../verify/index.ts'
import { assertRemoteIssuer } from './discovery.ts'
import { describeHealth, type EdgeHealth } from './edge-health.ts'
import { fallbackLog, type EdgeLog } from './edge-log.ts'
import { createIssuerClient } from './issuer-client.ts'
import { createRemoteFeed, type RevocationOptions } from './remote-feed.ts'
import { createRemoteKeys, type RemoteKeys } from './remote-keys.ts'
import { readSnapshot, type Snapshot } from './snapshot-file.ts'
import { createSnapshotWriter } from './snapshot-writer.ts'
import type { Time } from '../../verify/index.ts'

/** All that an edge knows of its issuer: keys, and what was revoked; read from it, and kept in a file. */
export interface IssuerState {
  readonly keys: RemoteKeys
  start (): void
  /** Whether there are keys, and all of the feed where there is one. */
  isSynced (): boolean
  /** Whether good tokens are refused because too little is known of what was revoked. */
  failsClosed (): boolean
  health (): EdgeHealth
  close (): Promise<void>
}

export interface IssuerStateOptions {
  issuer: string
  revocations?: false | RevocationOptions
  snapshotFile?: string
  maxKeyAge?: number
  log?: EdgeLog
  denyList: DenyList
  time: Time
  /** Called when there may be more than before. */
  onUpdate: () => void
}

const DAY_SECONDS = 86_400
/** As late as a timer can be set. */
const MAX_KEY_AGE_SECONDS = 24 * DAY_SECONDS

export function createIssuerState ({ issuer, revocations = false, snapshotFile, maxKeyAge = DAY_SECONDS, log = fallbackLog, denyList, time, onUpdate }: IssuerStateOptions): IssuerState {
  assertRemoteIssuer(issuer)
  if (!Number.isInteger(maxKeyAge) || maxKeyAge < 1 || maxKeyAge > MAX_KEY_AGE_SECONDS) throw new TypeError(`maxKeyAge must be a whole number of seconds, at most ${MAX_KEY_AGE_SECONDS}`)
  const ending = new AbortController()
  const client = createIssuerClient({ issuer, signal: ending.signal })
  const restored = snapshotFile === undefined ? undefined : restore(snapshotFile)
  const writer = snapshotFile === undefined ? undefined : createSnapshotWriter({ path: snapshotFile, getSnapshot, time, log })
  const keys = createRemoteKeys({ issuer, client, time, log, maxAgeMs: maxKeyAge * 1000, onChange: onKeys, restored: restored && { ...restored, keysAgeMs: ageOf(restored.keysAt) } })
  const feed = revocations === false ? undefined : createRemoteFeed({ options: revocations, client, keys, denyList, time, log, onChange, onUpdate, restoredMs: restored?.feedAt === undefined ? undefined : ageOf(restored.feedAt), signal: ending.signal })

  return {
    keys,
    start () {
      keys.start()
      feed?.start()
    },
    isSynced: () => keys.status !== undefined && (feed === undefined || feed.isSynced),
    failsClosed: () => feed?.failsClosed() ?? false,
    health: () => describeHealth({ issuer, keys: keys.status, keyFailure: keys.failure, feed: feed?.state }),
    async close () {
      ending.abort()
      keys.close()
      await writer?.close()
    }
  }

  function onChange (): void {
    writer?.markDirty()
  }

  function onKeys (): void {
    onChange()
    onUpdate()
  }

  function restore (path: string): Snapshot | undefined {
    try {
      const snapshot = readSnapshot(path, { issuer })
      if (snapshot === undefined) return undefined
      // It is later now, by nobody knows how much: no clock that was set in the meantime lets an entry go too early.
      if (snapshot.issuerTime !== undefined) denyList.restoreTime(snapshot.issuerTime)
      for (const revoked of snapshot.sessions) denyList.revokeSession(revoked)
      for (const required of snapshot.notBefores) denyList.requireRefresh(required)
      for (const kid of snapshot.revokedKids) denyList.revokeKey(kid)
      log.info({ path, keys: snapshot.keys.length, denied: denyList.size }, 'the snapshot of an earlier process has been read')
      return snapshot
    } catch (error) {
      log.warn({ err: error, path }, `the snapshot is ignored: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }

  function take (): Snapshot {
    const now = time.now()
    const { ageMs } = feed?.state ?? {}
    return {
      issuer,
      keys: keys.status?.keys ?? [],
      keysAt: now - (keys.status?.ageMs ?? 0),
      revokedKids: [...keys.revoked],
      feedAt: ageMs === undefined ? undefined : now - ageMs,
      sessions: denyList.sessions(),
      notBefores: denyList.notBefores(),
      issuerTime: denyList.now
    }
  }

  /** A file from the future shows that a clock has been set, by that much at least: it is no fresher for it. */
  function ageOf (epochMs: number): number {
    return Math.abs(time.now() - epochMs)
  }
}

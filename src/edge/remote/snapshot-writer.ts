import { open, rename, rm } from 'node:fs/promises'
import { threadId } from 'node:worker_threads'
import type { EdgeLog } from './edge-log.ts'
import { formatSnapshot, type Snapshot } from './snapshot-file.ts'
import type { Time } from '../../verify/index.ts'

/** Keeps a snapshot file up with what changes. */
export interface SnapshotWriter {
  /** Something has changed: it is written down soon, together with what else changes until then. */
  markDirty (): void
  /** Writes it down once more, unless nothing ever changed. */
  close (): Promise<void>
}

export interface SnapshotWriterOptions {
  path: string
  /** What there is to write down now. */
  getSnapshot: () => Snapshot
  time: Time
  log: EdgeLog
}

const SOON_MS = 250
/** A large file is written for a tenth of the time at most. */
const REST = 9

let writers = 0

export function createSnapshotWriter ({ path, getSnapshot, time, log }: SnapshotWriterOptions): SnapshotWriter {
  // A name that the next process uses again, so that one that is killed leaves no more than one of these behind.
  const draft = `${path}.${process.pid}.${threadId}.${writers++}.tmp`
  let dirty = false
  let touched = false
  let closed = false
  let failing = false
  let writing: Promise<void> | undefined
  let restUntil = 0
  let cancel: (() => void) | undefined

  return {
    markDirty () {
      dirty = true
      touched = true
      schedule()
    },
    async close () {
      closed = true
      cancel?.()
      await writing
      if (touched) await write()
    }
  }

  function schedule (): void {
    if (closed || writing !== undefined || cancel !== undefined) return
    cancel = time.after(Math.max(SOON_MS, restUntil - time.elapsed()), () => {
      cancel = undefined
      writing = write().finally(() => {
        writing = undefined
        if (dirty) schedule()
      })
    })
  }

  /** Never rejects. */
  async function write (): Promise<void> {
    dirty = false
    const begunAt = time.elapsed()
    try {
      await writeFile(path, draft, formatSnapshot(getSnapshot()))
      if (failing) log.info({ path }, 'the snapshot is written again')
      failing = false
    } catch (error) {
      if (!failing) log.warn({ err: error, path }, 'the snapshot cannot be written')
      failing = true
    }
    restUntil = time.elapsed() + REST * (time.elapsed() - begunAt)
  }
}

/** There is the old file or the new one, never half of it, whatever happens meanwhile. */
async function writeFile (path: string, draft: string, lines: Iterable<string>): Promise<void> {
  await rm(draft, { force: true })
  try {
    // Made by us: what stands there already, such as a link, is not written to.
    const file = await open(draft, 'wx', 0o600)
    try {
      for (const line of lines) await file.write(line)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {})
    throw error
  }
}

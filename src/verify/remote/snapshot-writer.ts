import { open, rename, rm } from 'node:fs/promises'
import { threadId } from 'node:worker_threads'
import type { Time } from '../time.ts'
import type { EdgeLog } from './log.ts'
import { formatSnapshot, type Snapshot } from './snapshot-file.ts'

export interface SnapshotWriterOptions {
  path: string
  getSnapshot: () => Snapshot
  time: Time
  log: EdgeLog
}

const DELAY_MS = 250
/** The pause after a write, in multiples of its duration: a large file is written for a tenth of the time at most. */
const PAUSE_FACTOR = 9

let writerCount = 0

/** Keeps a snapshot file up to date. */
export class SnapshotWriter {
  readonly #options: SnapshotWriterOptions
  readonly #temporaryPath: string
  #isDirty = false
  #wasEverDirty = false
  #isClosed = false
  #isFailing = false
  #writing: Promise<void> | undefined
  #pausedUntil = 0
  #cancel: (() => void) | undefined

  constructor (options: SnapshotWriterOptions) {
    this.#options = options
    // The next process with this id uses the same name, so a killed process leaves no more than one such file.
    this.#temporaryPath = `${options.path}.${process.pid}.${threadId}.${writerCount++}.tmp`
  }

  /** Writes the snapshot soon, together with later changes. */
  markDirty (): void {
    this.#isDirty = true
    this.#wasEverDirty = true
    this.#schedule()
  }

  /** Writes the snapshot once more, unless nothing ever changed. */
  async close (): Promise<void> {
    this.#isClosed = true
    this.#cancel?.()
    await this.#writing
    if (this.#wasEverDirty) await this.#write()
  }

  #schedule (): void {
    if (this.#isClosed || this.#writing !== undefined || this.#cancel !== undefined) return
    const { time } = this.#options
    this.#cancel = time.after(Math.max(DELAY_MS, this.#pausedUntil - time.elapsed()), () => {
      this.#cancel = undefined
      this.#writing = this.#write().finally(() => {
        this.#writing = undefined
        if (this.#isDirty) this.#schedule()
      })
    })
  }

  /** Never rejects. */
  async #write (): Promise<void> {
    const { path, getSnapshot, time, log } = this.#options
    this.#isDirty = false
    const startedAt = time.elapsed()
    try {
      await replaceFile(path, this.#temporaryPath, formatSnapshot(getSnapshot()))
      if (this.#isFailing) log.info({ event: 'edge_snapshot_written_again', path }, 'the snapshot can be written again')
      this.#isFailing = false
    } catch (error) {
      if (!this.#isFailing) log.warn({ event: 'edge_snapshot_write_failed', err: error, path }, 'the snapshot cannot be written')
      this.#isFailing = true
    }
    this.#pausedUntil = time.elapsed() + PAUSE_FACTOR * (time.elapsed() - startedAt)
  }
}

/** Atomic: the path has the old file or the new one, never a part of it. */
async function replaceFile (path: string, temporaryPath: string, lines: Iterable<string>): Promise<void> {
  await rm(temporaryPath, { force: true })
  try {
    // Exclusive: an existing file, such as a link, is not written to.
    const file = await open(temporaryPath, 'wx', 0o600)
    try {
      for (const line of lines) await file.write(line)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporaryPath, path)
  } catch (error) {
    await rm(temporaryPath, { force: true }).catch(() => {})
    throw error
  }
}

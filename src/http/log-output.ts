import { write, writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

/** In characters: minutes of log while the reader is away, and a bound to our memory. */
const MAX_WAITING = 4 * 1024 * 1024
const RETRY_MS = 100
const LAST_ATTEMPTS = 20

/**
 * Writes log lines to a file descriptor without blocking. While a pipe or a disk is full, lines wait; beyond a bound, they are dropped,
 * and a line with their count follows when there is room again. A slow reader neither delays a request nor ends the process.
 */
export class LogOutput implements DestinationStream {
  readonly #fd: number
  readonly #maxWaiting: number
  readonly #retryMs: number
  #waiting: string[] = []
  #waitingLength = 0
  /** The bytes being written; the rest of them after a partial write. */
  #pending: Buffer = Buffer.alloc(0)
  #isWriting = false
  #isFlushed = false
  #dropped = 0
  #reported = 0

  /**
   * @param fd a pipe should be non-blocking: otherwise a write holds a thread, and keeps the process from exiting
   * @param options `maxWaiting` in characters
   */
  constructor (fd: number, { maxWaiting = MAX_WAITING, retryMs = RETRY_MS } = {}) {
    this.#fd = fd
    this.#maxWaiting = maxWaiting
    this.#retryMs = retryMs
  }

  /** Lines dropped since the start. */
  get dropped (): number {
    return this.#dropped
  }

  write (line: string): void {
    if (this.#isFlushed || this.#waitingLength + line.length > this.#maxWaiting) {
      this.#dropped++
      return
    }
    this.#waiting.push(line)
    this.#waitingLength += line.length
    if (this.#pending.length === 0) this.#writeNext()
  }

  /** Writes all that it can at once, before the process exits. Later lines are dropped. */
  flushSync (): void {
    // A write in progress completes by itself; writing its bytes twice would garble lines.
    const rest = Buffer.concat([this.#isWriting ? Buffer.alloc(0) : this.#pending, Buffer.from(this.#waiting.join(''))])
    this.#isFlushed = true
    writeAllSync(this.#fd, rest)
  }

  #writeNext (): void {
    if (this.#dropped > this.#reported) this.#waiting.push(droppedLine(this.#dropped - this.#reported))
    this.#reported = this.#dropped
    this.#pending = Buffer.from(this.#waiting.join(''))
    this.#waiting = []
    this.#waitingLength = 0
    if (this.#pending.length > 0) this.#attempt()
  }

  #attempt (): void {
    if (this.#isFlushed) return
    this.#isWriting = true
    write(this.#fd, this.#pending, (error, written) => {
      this.#isWriting = false
      if (this.#isFlushed) return
      if (error !== null) {
        setTimeout(() => this.#attempt(), this.#retryMs).unref()
        return
      }
      this.#pending = this.#pending.subarray(written)
      if (this.#pending.length > 0) this.#attempt()
      else this.#writeNext()
    })
  }
}

/** Waits for a slow reader, but not for one that is gone: it stops after some attempts without progress. */
function writeAllSync (fd: number, text: Buffer): void {
  let rest = text
  for (let attempt = 0; attempt < LAST_ATTEMPTS && rest.length > 0; attempt++) {
    try {
      rest = rest.subarray(writeSync(fd, rest))
      attempt = 0
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}

function droppedLine (count: number): string {
  const message = { event: 'log_lines_dropped', dropped: count, msg: 'log lines were dropped: standard output could not be written' }
  return `${JSON.stringify({ level: 40, time: Date.now(), pid: process.pid, ...message })}\n`
}

let standardOutput: LogOutput | undefined

/** The log output of this process; it is flushed when the process exits. */
export function standardOutputLog (): LogOutput {
  standardOutput ??= openStandardOutput()
  return standardOutput
}

function openStandardOutput (): LogOutput {
  // Accessing process.stdout makes a pipe non-blocking. Other output may find the disk full, too: without a listener that is a crash.
  process.stdout.on('error', () => {})
  const output = new LogOutput(1)
  process.on('exit', () => output.flushSync())
  return output
}

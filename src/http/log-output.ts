import { write as writeLater, writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

/** Where lines go without anybody waiting for whoever reads them. */
export interface LogOutput extends DestinationStream {
  /** Lines that nobody will read, since the start: there was no room for them, or nobody to read them. */
  readonly dropped: number
  /** Writes what it can at once, for a process that is about to end. */
  flushSync (): void
}

/** In characters: minutes of an outage of whoever reads, and no more memory than that. */
const MAX_WAITING = 4 * 1024 * 1024
const RETRY_MS = 100
const LAST_ATTEMPTS = 20

/**
 * Writes lines to a file descriptor. A pipe that is full, or a disk, costs lines, once so many wait; it never costs a request or the
 * process, and when there is room again the log says how many lines it lacks.
 *
 * @param fd should not block where it is a pipe: then a write would hold a thread, and the end of the process
 */
export function createLogOutput (fd: number, { maxWaiting = MAX_WAITING, retryMs = RETRY_MS } = {}): LogOutput {
  let waiting: string[] = []
  let length = 0
  /** What is being written, from where it was not. */
  let piece: Buffer = Buffer.alloc(0)
  let isUnderWay = false
  let isFinished = false
  let lost = 0
  let told = 0

  function write (line: string): void {
    if (isFinished || length + line.length > maxWaiting) {
      lost++
      return
    }
    waiting.push(line)
    length += line.length
    if (piece.length === 0) next()
  }

  function next (): void {
    if (lost > told) waiting.push(droppedLine(lost - told))
    told = lost
    piece = Buffer.from(waiting.join(''))
    waiting = []
    length = 0
    if (piece.length > 0) attempt()
  }

  function attempt (): void {
    if (isFinished) return
    isUnderWay = true
    writeLater(fd, piece, (error, written) => {
      isUnderWay = false
      if (isFinished) return
      if (error !== null) {
        setTimeout(attempt, retryMs).unref()
        return
      }
      piece = piece.subarray(written)
      if (piece.length > 0) attempt()
      else next()
    })
  }

  function finish (): void {
    // What is under way ends by itself, and written twice it would be no line any more.
    const rest = Buffer.concat([isUnderWay ? Buffer.alloc(0) : piece, Buffer.from(waiting.join(''))])
    isFinished = true
    writeNow(fd, rest)
  }

  return { write, flushSync, get dropped () { return lost } }
}

/** A reader that is only slow gets all of it. */
function writeNow (fd: number, text: Buffer): void {
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
  return `${JSON.stringify({ level: 40, time: Date.now(), pid: process.pid, lost: count, msg: 'the log could not be written for a while, and lacks lines' })}\n`
}

let standardOutput: LogOutput | undefined

/** That of this process: what waits is written when it ends. */
export function standardOutputLog (): LogOutput {
  standardOutput ??= openStandardOutput()
  return standardOutput
}

function openStandardOutput (): LogOutput {
  // Node makes a pipe one that does not block when it is looked at; and what else is printed may find the disk full, too.
  process.stdout.on('error', () => {})
  const output = createLogOutput(1)
  process.on('exit', output.flushSync)
  return output
}

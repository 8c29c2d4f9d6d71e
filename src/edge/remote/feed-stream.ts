import type { IncomingMessage } from 'node:http'
import { createSseParser, type ServerSentEvent } from './sse-parser.ts'
import { toIssuerError, IssuerError } from './issuer-http.ts'
import type { Time } from '../../verify/index.ts'

export interface FeedStreamOptions {
  onEvent: (event: ServerSentEvent) => void
  time: Time
}

/** How long a stream may be silent: several heartbeats. A dead connection says nothing either. */
export const MAX_SILENCE_MS = 10_000
// A snapshot comes in parts, none of which is as large.
const MAX_EVENT_LENGTH = 8 * 1024 * 1024
/** As much is read before others have their turn: some thousand entries of a snapshot. Node alone would go on for megabytes. */
const TURN_BYTES = 64 * 1024

/**
 * Reads the feed as it happens, for as long as it goes on.
 *
 * @param answer its header is there; keeps no process alive
 * @returns never resolves; rejects with an IssuerError when the stream ends, is silent for too long, or is not what it should be
 */
export function readFeedStream (answer: IncomingMessage, { onEvent, time }: FeedStreamOptions): Promise<never> {
  return new Promise((_resolve, reject) => {
    const push = createSseParser({ maxLength: MAX_EVENT_LENGTH, onEvent })
    let cancel = watch()
    let taken = 0
    answer.socket.unref()
    answer.on('data', (chunk: Buffer) => {
      cancel()
      cancel = watch()
      try {
        push(chunk)
      } catch (error) {
        return end(error)
      }
      taken += chunk.length
      if (taken >= TURN_BYTES) yieldTurn()
    })
    answer.on('error', end)
    answer.on('close', () => end(new IssuerError('the feed has ended')))
    if (!/^text\/event-stream(?=;|\s|$)/i.test(answer.headers['content-type'] ?? '')) end(new IssuerError('the feed is no event stream'))

    function yieldTurn (): void {
      taken = 0
      answer.pause()
      setImmediate(() => answer.resume())
    }

    function watch (): () => void {
      return time.after(MAX_SILENCE_MS, () => end(new IssuerError(`the feed was silent for ${MAX_SILENCE_MS} ms`)))
    }

    function end (error: unknown): void {
      cancel()
      answer.destroy()
      reject(error instanceof TypeError || error instanceof SyntaxError ? new IssuerError(`the feed is not as it should be: ${error.message}`, { cause: error }) : toIssuerError(error, 'the feed'))
    }
  })
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, Listening, Queryable } from '../database/index.ts'
import { Wakeup } from '../wakeup.ts'
import type { DueMail, MailContent, ResolveMail } from './content.ts'
import type { MailCounters } from './counters.ts'
import { deleteMail, leaseMails, markFailed, markSent, readBacklog, scheduleRetry, type Attempt } from './mail-store.ts'
import { MAIL_CHANNEL, type Outbox } from './outbox.ts'
import { decideRetry } from './retry-policy.ts'
import { DeliveryError, type Message, type Transport } from './transport.ts'

interface SenderLog {
  info (details: object, sentence: string): void
  warn (details: object, sentence: string): void
}

/** Writes down what became of an attempt, unless somebody else has taken the mail over. */
type Write = (db: Queryable, mail: Attempt) => Promise<void>

export interface SenderOptions {
  database: Database
  transport: Transport
  resolve: ResolveMail
  render: (mail: DueMail, content: MailContent) => Message
  counters: MailCounters
  log: SenderLog
  /** Attempts at once. */
  slots?: number
  /** An attempt, from the lease to the reply of the server: less than a lease. */
  attemptMs?: number
  pollMs?: number
  /** When the sender closes, attempts have so long to end. */
  closeGraceMs?: number
}

const SLOTS = 5
const ATTEMPT_MS = 30_000
const POLL_MS = 5_000
const CLOSE_GRACE_MS = 5_000
/** And then to store that they were aborted. */
const CLOSE_MARK_MS = 1_000
/** Writing down that a mail was sent is tried again for so long: without it, the mail is sent twice. */
const MARK_PAUSES_MS = [200, 1_000, 3_000]

/** Sends the mails of the outbox: one for each instance. */
export class MailSender {
  readonly #options: Required<SenderOptions>
  readonly #wakeup = new Wakeup()
  readonly #stop = new AbortController()
  /** Aborts attempts. */
  readonly #abort = new AbortController()
  readonly #attempts = new Set<Promise<void>>()
  #listening: Listening | undefined
  #running: Promise<void> | undefined
  /** Whether the last lease filled all slots. */
  #hasMore = false
  /** Ends with the lease in progress. */
  #leasing: Promise<unknown> = Promise.resolve()

  constructor (options: SenderOptions) {
    this.#options = { slots: SLOTS, attemptMs: ATTEMPT_MS, pollMs: POLL_MS, closeGraceMs: CLOSE_GRACE_MS, ...options }
  }

  /** @param outbox whose mails of this process wake the sender, also where nothing can listen */
  async start (outbox: Pick<Outbox, 'onMail'>): Promise<void> {
    const wake = () => this.#wakeup.signal()
    outbox.onMail(() => { if (this.#listening?.connected !== true) wake() })
    this.#listening = await this.#options.database.listen(MAIL_CHANNEL, wake, wake)
    this.#running = this.#run()
  }

  /** Sends what is due now, and waits for it: for tests. */
  async sendDue (): Promise<void> {
    while (await this.#lease() > 0 || this.#attempts.size > 0) await Promise.all(this.#attempts)
  }

  /** Waits for attempts in progress, for some seconds; then they are aborted, and made again later. */
  async close (): Promise<void> {
    this.#stop.abort()
    this.#wakeup.signal()
    await this.#listening?.close()
    await this.#running
    await this.#settle(this.#options.closeGraceMs)
    this.#abort.abort()
    await this.#settle(CLOSE_MARK_MS)
    this.#options.transport.close()
  }

  async #run (): Promise<void> {
    const { pollMs, log } = this.#options
    let countedAt = -Infinity
    while (!this.#stop.signal.aborted) {
      try {
        await this.#lease()
        if (performance.now() - countedAt >= pollMs) {
          await this.#readBacklog()
          countedAt = performance.now()
        }
      } catch (error) {
        log.warn({ event: 'mail_lease_failed', err: error }, 'the mails that are due could not be read')
        await sleep(pollMs, undefined, { signal: this.#stop.signal, ref: false }).catch(() => {})
      }
      if (!this.#stop.signal.aborted) await this.#wakeup.wait(pollMs)
    }
  }

  /** One after the other: whoever sends what is due must not miss what is being leased. @returns how many mails it was the turn of */
  #lease (): Promise<number> {
    const lease = this.#leasing.then(() => this.#leaseNow())
    this.#leasing = lease.catch(() => {})
    return lease
  }

  async #leaseNow (): Promise<number> {
    const { database, slots, counters } = this.#options
    const free = slots - this.#attempts.size
    if (free <= 0) return 0
    const { mails, expired } = await leaseMails(database.kysely, free)
    this.#hasMore = mails.length + expired === free
    counters.expired += expired
    if (this.#hasMore && mails.length === 0) this.#wakeup.signal()
    for (const mail of mails) {
      const attempt = this.#attempt(mail).finally(() => {
        this.#attempts.delete(attempt)
        if (this.#hasMore) this.#wakeup.signal()
      })
      this.#attempts.add(attempt)
    }
    return mails.length + expired
  }

  async #readBacklog (): Promise<void> {
    const { counters, database } = this.#options
    counters.backlog = await readBacklog(database.kysely)
  }

  /** Never throws. */
  async #attempt (mail: DueMail): Promise<void> {
    const { database, log } = this.#options
    try {
      const write = await this.#send(mail).catch((error: unknown) => this.#onFailure(mail, toFailure(error)))
      await persist(() => write(database.kysely, mail))
    } catch (error) {
      log.warn({ event: 'mail_mark_failed', mail: mail.id, err: error }, 'what became of a mail could not be stored: it is sent again')
    }
  }

  /** @returns what is written down */
  async #send (mail: DueMail): Promise<Write> {
    const { resolve, render, transport, attemptMs, counters } = this.#options
    const signal = AbortSignal.any([AbortSignal.timeout(attemptMs), this.#abort.signal])
    const content = await resolve(mail)
    if (content === undefined) return deleteMail
    signal.throwIfAborted()
    // The slot is free in time even if the transport ignored the signal.
    await Promise.race([transport.send(render(mail, content), signal), whenAborted(signal)])
    counters.sent++
    return markSent
  }

  /** @returns what is written down */
  #onFailure ({ id, purpose, attempts }: DueMail, failure: DeliveryError): Write {
    const { counters, log } = this.#options
    const { reason, message: lastError } = failure
    const decision = decideRetry(failure, attempts)
    const details = { mail: id, purpose, attempts, reason, error: lastError }
    if (decision.isFinal) {
      counters.failed++
      log.warn({ event: 'mail_failed', ...details }, 'a mail was refused for good')
      return (db, mail) => markFailed(db, mail, lastError)
    }
    counters.retried[reason]++
    const { delaySeconds } = decision
    // The cause only where it is ours: an error of SMTP quotes the server, which may quote the mail.
    const err = reason === 'other' ? { err: failure.cause } : {}
    const fields = { ...details, delay_seconds: delaySeconds, ...err }
    log.info({ event: 'mail_retried', ...fields }, 'a mail could not be delivered: it is sent again')
    return (db, mail) => scheduleRetry(db, mail, { delaySeconds, lastError })
  }

  async #settle (withinMs: number): Promise<void> {
    const done = new AbortController()
    await Promise.race([Promise.all(this.#attempts), sleep(withinMs, undefined, { signal: done.signal }).catch(() => {})])
    done.abort()
  }
}

async function persist (write: () => Promise<void>): Promise<void> {
  for (const pauseMs of MARK_PAUSES_MS) {
    try {
      return await write()
    } catch {
      await sleep(pauseMs, undefined, { ref: false })
    }
  }
  await write()
}

function toFailure (error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error
  const isTimeout = error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')
  if (isTimeout) return new DeliveryError('took too long', { reason: 'timeout', replyCode: undefined })
  return new DeliveryError('internal error', { reason: 'other', replyCode: undefined, cause: error })
}

function whenAborted (signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}

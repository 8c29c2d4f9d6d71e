import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { applySettings, LISTEN_SETTINGS, UrlClient } from './connection.ts'
import type { DatabaseLog, Listening } from './database.ts'
import { PoolerError } from './failures.ts'

interface Subscription {
  channel: string
  onNotify: (payload: string) => void
  onConnect: () => void
}

const CONNECT_TIMEOUT_MS = 2_000
const QUERY_TIMEOUT_MS = 5_000
const PROBE_INTERVAL_MS = 15_000
const MIN_PAUSE_MS = 100
const MAX_PAUSE_MS = 5_000

/** Behind a pooler, until the next look whether there still is one. */
const POOLER_PAUSE_MS = 60_000

interface ListenerOptions {
  url: string
  /** Whether not to listen through a pooler, where LISTEN would stay with a session that others use next. */
  needsOwnSession: boolean
  log: DatabaseLog
}

/** One connection that listens for all channels. It connects when the first caller listens, and reconnects when it is lost. */
export class Listener {
  readonly #url: string
  readonly #needsOwnSession: boolean
  readonly #log: DatabaseLog
  readonly #subscriptions = new Set<Subscription>()
  readonly #stop = new AbortController()
  #client: pg.Client | undefined
  #running: Promise<void> | undefined
  #firstAttempt: Promise<void> | undefined

  constructor ({ url, needsOwnSession, log }: ListenerOptions) {
    this.#url = url
    this.#needsOwnSession = needsOwnSession
    this.#log = log
  }

  /** See `Database.listen`. */
  async listen (channel: string, onNotify: (payload: string) => void, onConnect: () => void = () => {}): Promise<Listening> {
    const subscription = { channel, onNotify, onConnect }
    this.#subscriptions.add(subscription)
    if (this.#running === undefined) {
      this.#firstAttempt = new Promise((resolve) => { this.#running = this.#run(resolve) })
      await this.#firstAttempt
    } else {
      await this.#firstAttempt
      await startListening(this.#client, subscription).catch((error: unknown) => this.#warnNotListening({ err: error, channel }))
    }
    const isConnected = () => this.#client !== undefined
    return {
      get connected () { return isConnected() },
      close: async () => { this.#subscriptions.delete(subscription) }
    }
  }

  async close (): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run (onAttempt: () => void): Promise<void> {
    const { signal } = this.#stop
    let pauseMs = MIN_PAUSE_MS
    while (!signal.aborted) {
      const connection = await this.#connect().catch((error: unknown) => {
        if (error instanceof PoolerError) pauseMs = POOLER_PAUSE_MS
        else if (!signal.aborted) this.#warnNotListening({ err: error })
      })
      onAttempt()
      if (connection !== undefined) {
        pauseMs = MIN_PAUSE_MS
        await this.#waitUntilLost(connection)
      }
      // Jitter: instances do not all reconnect at the same moment.
      await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal, ref: false }).catch(() => {})
      pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)
    }
  }

  async #connect (): Promise<pg.Client> {
    const connection = new UrlClient({
      connectionString: this.#url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'gatepass listener'
    })
    connection.on('error', () => {})
    connection.on('notification', ({ channel, payload = '' }) => {
      for (const subscription of this.#subscriptions) if (subscription.channel === channel) subscription.onNotify(payload)
    })
    try {
      await connection.connect()
      const { isOwn } = await applySettings(connection, LISTEN_SETTINGS)
      if (this.#needsOwnSession && !isOwn) throw new PoolerError()
      for (const subscription of this.#subscriptions) await startListening(connection, subscription)
    } catch (error) {
      closeNow(connection)
      throw error
    }
    this.#client = connection
    return connection
  }

  /** A connection can be lost without an event, so a query probes it. */
  async #waitUntilLost (connection: pg.Client): Promise<void> {
    const lost = new AbortController()
    connection.once('end', () => lost.abort())
    const signal = AbortSignal.any([lost.signal, this.#stop.signal])
    try {
      while (!signal.aborted) {
        await sleep(PROBE_INTERVAL_MS, undefined, { signal, ref: false })
        await connection.query('select 1')
      }
    } catch {
      if (this.#stop.signal.aborted) return
      this.#log.warn({ event: 'database_listener_lost' }, 'the connection that listens to the database was lost')
    } finally {
      this.#client = undefined
      closeNow(connection)
    }
  }

  #warnNotListening (details: object): void {
    this.#log.warn({ event: 'database_listen_failed', ...details }, 'could not listen to the database')
  }
}

async function startListening (connection: pg.Client | undefined, { channel, onConnect }: Subscription): Promise<void> {
  if (connection === undefined) return
  await connection.query(`listen ${pg.escapeIdentifier(channel)}`)
  onConnect()
}

/** Destroys the socket: a hung connection would never end in an orderly way. */
function closeNow (connection: pg.Client): void {
  connection.end().catch(() => {})
  Reflect.get(connection, 'connection')?.stream?.destroy()
}

import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { UrlClient } from './connection.ts'
import type { DatabaseLog, Listening } from './database.ts'
import { configureSession, LISTEN_SETTINGS } from './session-settings.ts'

/** One connection that listens, for all channels, and comes back when it is lost. */
export interface Listener {
  listen (channel: string, onNotify: (payload: string) => void, onConnect?: () => void): Promise<Listening>
  close (): Promise<void>
}

interface Subscription {
  channel: string
  onNotify: (payload: string) => void
  onConnect: () => void
}

const CONNECT_MS = 2_000
const ANSWER_MS = 5_000
const PROBE_EVERY_MS = 15_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5_000

/** Makes a listener; it connects when the first one listens. */
export function createListener ({ url, log }: { url: string, log: DatabaseLog }): Listener {
  const subscriptions = new Set<Subscription>()
  const stop = new AbortController()
  let client: pg.Client | undefined
  let running: Promise<void> | undefined
  let firstAttempt: Promise<void> | undefined

  async function listen (channel: string, onNotify: (payload: string) => void, onConnect: () => void = () => {}): Promise<Listening> {
    const subscription = { channel, onNotify, onConnect }
    subscriptions.add(subscription)
    if (running === undefined) {
      firstAttempt = new Promise((resolve) => { running = run(resolve) })
      await firstAttempt
    } else {
      await firstAttempt
      await startListening(client, subscription).catch((error: unknown) => log.warn({ err: error, channel }, 'could not listen to the database'))
    }
    return {
      get connected () { return client !== undefined },
      async close () { subscriptions.delete(subscription) }
    }
  }

  async function run (onAttempt: () => void): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS
    while (!stop.signal.aborted) {
      const connection = await connect().catch((error: unknown) => {
        if (!stop.signal.aborted) log.warn({ err: error }, 'could not listen to the database')
      })
      onAttempt()
      if (connection !== undefined) {
        pauseMs = FIRST_PAUSE_MS
        await waitUntilLost(connection)
      }
      // Not all instances at the same moment, when the database comes back.
      await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal: stop.signal, ref: false }).catch(() => {})
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
    }
  }

  async function connect (): Promise<pg.Client> {
    const connection = new UrlClient({ connectionString: url, connectionTimeoutMillis: CONNECT_MS, query_timeout: ANSWER_MS, keepAlive: true, application_name: 'gatepass listener' })
    connection.on('error', () => {})
    connection.on('notification', ({ channel, payload = '' }) => {
      for (const subscription of subscriptions) if (subscription.channel === channel) subscription.onNotify(payload)
    })
    try {
      await connection.connect()
      await configureSession(connection, LISTEN_SETTINGS)
      for (const subscription of subscriptions) await startListening(connection, subscription)
    } catch (error) {
      closeNow(connection)
      throw error
    }
    client = connection
    return connection
  }

  /** A connection may die without a word: it is asked now and then. */
  async function waitUntilLost (connection: pg.Client): Promise<void> {
    const lost = new AbortController()
    connection.once('end', () => lost.abort())
    const signal = AbortSignal.any([lost.signal, stop.signal])
    try {
      while (!signal.aborted) {
        await sleep(PROBE_EVERY_MS, undefined, { signal, ref: false })
        await connection.query('select 1')
      }
    } catch {
      if (!stop.signal.aborted) log.warn({}, 'the connection that listens to the database was lost')
    } finally {
      client = undefined
      closeNow(connection)
    }
  }

  return {
    listen,
    async close () {
      stop.abort()
      await running
    }
  }
}

async function startListening (connection: pg.Client | undefined, { channel, onConnect }: Subscription): Promise<void> {
  if (connection === undefined) return
  await connection.query(`listen ${pg.escapeIdentifier(channel)}`)
  onConnect()
}

/** At once: one that hangs would never say goodbye. */
function closeNow (connection: pg.Client): void {
  connection.end().catch(() => {})
  Reflect.get(connection, 'connection')?.stream?.destroy()
}

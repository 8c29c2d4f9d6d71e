import { setTimeout as sleep } from 'node:timers/promises'
import type { AccessClaims, FeedKeys } from '../contract/index.ts'
import { CredentialStoreUnavailableError } from '../errors.ts'
import { createDatabaseClock } from './database-clock.ts'
import { createKeyKeeper, type KeeperOptions, type KeyKeeper } from './key-manager.ts'
import { createKeyMacs } from './key-macs.ts'
import { oneAtATime } from './single-flight.ts'
import { createNoticeboard, publish } from './jwks-publisher.ts'
import { createRejectionReporter } from './rejections.ts'
import { findUnfit } from './repairs.ts'
import { createSealer } from './key-encryption.ts'
import { SecretKeysError } from '../secrets/index.ts'
import { createSigners } from './signers.ts'
import { KEYS_CHANNEL, readKeyring, type Reading } from './store.ts'
import { dueAt, maxAgeAt, signingKeyAt } from './schedule.ts'

export interface KeyringOptions extends Omit<KeeperOptions, 'rotationSeconds'> {
  log: KeyringLog
  /** From one key to the next; 30 days unless given. */
  rotationSeconds?: number
}

/** What is told to a log: object first, then a fixed sentence. */
export interface KeyringLog {
  info (details: object, sentence: string): void
  warn (details: object, sentence: string): void
  error (details: object, sentence: string): void
}

/** The keys of this service as this instance knows them. It hands out signatures, never a private key. */
export interface Keyring extends Pick<KeyKeeper, 'list' | 'rotate' | 'reseal'> {
  /**
   * Signs an access token with the key whose time it is.
   *
   * @throws CredentialStoreUnavailableError when this instance does not have that key
   */
  sign (claims: AccessClaims): string
  /** Whether it could sign now. */
  readonly canSign: boolean
  /** Published keys. */
  readonly size: number
  /** Until the next rotation has to be prepared; negative while it is overdue. */
  readonly nextRotationSeconds: number
  /** Rows of the table that are not bound to SECRET_KEYS, and trusted by nobody. */
  readonly rejected: number
  /** What edges must know: the whole JWKS, and the kids that are never trusted again. */
  state (): FeedKeys
  /** Calls back with each new state; returns what stops it. */
  onChange (listener: (state: FeedKeys) => void): () => void
  /** The JWKS as it is sent, and how long it may be held. */
  jwks (): { body: string, etag: string, maxAgeSeconds: number }
  close (): Promise<void>
}

const ROTATION_SECONDS = 30 * 86_400

/**
 * Opens the keyring: makes the first keys where there are none, follows the timetable that all instances share, and does what it
 * asks for when it is due. It outlives outages of the database, with the timetable as far as it is known.
 *
 * @throws SecretKeysError when the secrets cannot open it
 */
export async function createKeyring ({ log, rotationSeconds = ROTATION_SECONDS, ...options }: KeyringOptions): Promise<Keyring> {
  const { database, secretKeys } = options
  const keeper = createKeyKeeper({ ...options, rotationSeconds })
  const { timing } = keeper
  const macs = createKeyMacs(secretKeys)
  const signers = createSigners(createSealer(secretKeys))
  const reporter = createRejectionReporter(database, log)
  const clock = createDatabaseClock()
  const board = createNoticeboard(log)
  const trusted = new Set<string>()
  const revoked = new Set<string>()
  const stop = new AbortController()
  let reading: Reading = { now: 0, keys: [], rejected: [], isForeign: false }
  let latest = reading
  let isFailing = false
  let woken = Promise.resolve()
  const catchUp = oneAtATime(async () => {
    // One under another secret cannot sign here; what has been opened before goes on.
    for (const failure of await readOnce()) log.error({ err: failure }, 'a key of the keyring cannot be opened')
    if (!latest.isForeign) await reporter.report(latest.rejected)
  })

  const [failure] = await readOnce()
  if (failure !== undefined) throw failure
  await keeper.begin()
  await keeper.reseal()
  const listening = await database.listen(KEYS_CHANNEL, wake, wake)
  await catchUp()
  const running = run()

  async function readOnce (): Promise<Error[]> {
    const askedAt = performance.now()
    const next = await readKeyring(database.reserved, macs)
    const answeredAt = performance.now()
    const unfit = latest.isForeign ? undefined : findUnfit(next)
    const failures = unfit === undefined ? await signers.learn(next.keys) : [unfit]
    // All at once: a key that is gone must not leave the turn to one that was before it.
    clock.set(next.now, askedAt, answeredAt)
    latest = next
    // The secrets have been changed, and not here: as without a database, what is known goes on, and what is revoked does not.
    if (!next.isForeign) {
      reading = next
      signers.keep(next.keys)
    }
    remember(next)
    announce()
    return failures
  }

  /** A row that is not believed can take the trust from a key that had it, as whoever may write there can; never fill this up. */
  function remember ({ keys, rejected }: Reading): void {
    for (const { kid, revokedAt } of keys) (revokedAt === undefined ? trusted : revoked).add(kid)
    for (const { kid, isRevoked } of rejected) if (isRevoked && trusted.has(kid)) revoked.add(kid)
  }

  /** Keys come by being read, and go with time alone. */
  function announce (): void {
    board.post(publish(reading.keys, revoked, clock.atLeast()))
  }

  function wake (): void {
    if (!stop.signal.aborted) woken = catchUp().catch(onFailure)
  }

  async function run (): Promise<void> {
    while (!stop.signal.aborted) {
      // Not all instances at the same moment.
      await sleep(timing.settleMs / 2 * (0.75 + Math.random() / 2), undefined, { signal: stop.signal, ref: false }).catch(() => {})
      if (!stop.signal.aborted) await attempt()
    }
  }

  async function attempt (): Promise<void> {
    try {
      await catchUp()
      if (await keeper.keepUp(reading)) await catchUp()
      if (isFailing) log.info({}, 'caught up with the keyring again')
      isFailing = false
    } catch (error) {
      onFailure(error)
    }
  }

  function onFailure (error: unknown): void {
    if (!isFailing && !stop.signal.aborted) log.warn({ err: error }, 'could not catch up with the keyring; it is followed as far as it is known')
    isFailing = true
    announce()
  }

  /** The time that came with the claims is the database's, too, and read later than any other. */
  function signerFor (claims?: AccessClaims) {
    const key = signingKeyAt(reading.keys.filter(({ kid, privateJwe }) => privateJwe !== null && !revoked.has(kid)), Math.max(clock.atLeast(), (claims?.iat ?? 0) * 1000))
    return key && signers.find(key.kid)
  }

  return {
    sign (claims) {
      const sign = signerFor(claims)
      if (sign === undefined) throw new CredentialStoreUnavailableError({ cause: new Error('the key whose time it is to sign is not here, or cannot be opened') })
      return sign(claims)
    },
    get canSign () { return signerFor() !== undefined },
    get size () { return board.current.state.jwks.keys.length },
    get rejected () { return latest.rejected.length },
    get nextRotationSeconds () { return (dueAt(reading.keys, timing) - clock.atLeast()) / 1000 },
    state: () => board.current.state,
    onChange: board.onChange,
    jwks () {
      const { body, etag } = board.current
      return { body, etag, maxAgeSeconds: maxAgeAt(reading.keys, { asOf: reading.now, now: clock.atMost(), timing }) }
    },
    list: keeper.list,
    async rotate (order, by) {
      const listing = await keeper.rotate(order, by).catch((error: unknown) => {
        throw error instanceof SecretKeysError ? new CredentialStoreUnavailableError({ cause: error }) : error
      })
      await catchUp()
      return listing
    },
    reseal: keeper.reseal,
    async close () {
      stop.abort()
      await listening.close()
      await Promise.all([running, woken])
    }
  }
}

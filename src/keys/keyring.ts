import { setTimeout as sleep } from 'node:timers/promises'
import type { Actor } from '../audit/index.ts'
import type { AccessClaims, FeedKeys } from '../contract/index.ts'
import type { Database } from '../database/index.ts'
import { CredentialStoreUnavailableError } from '../errors.ts'
import { SecretKeysError } from '../secrets/index.ts'
import { DatabaseClock } from './database-clock.ts'
import { JwksPublisher, RevokedKids, toPublishedKeys, type PublisherLog } from './jwks-publisher.ts'
import { createKeyEncryption, Signers, type Sign } from './private-keys.ts'
import { createKeyMacs, type KeyMacs } from './key-macs.ts'
import { createKeyManager, type KeyManager, type KeyManagerOptions, type RotationOrder } from './key-manager.ts'
import type { KeyListing } from './list.ts'
import { findWrongSecret, RejectionReporter } from './rejected-keys.ts'
import { maxAgeAt, nextRotationAt, signingKeyAt } from './schedule.ts'
import { singleFlight } from './single-flight.ts'
import { KEYS_CHANNEL, readKeyring, type KeyringState } from './store.ts'

export interface KeyringOptions extends Omit<KeyManagerOptions, 'rotationSeconds'> {
  log: KeyringLog
  /** Between two rotations; 30 days by default. */
  rotationSeconds?: number
}

export type KeyringLog = PublisherLog & { warn: PublisherLog['info'] }

const ROTATION_SECONDS = 30 * 86_400

/**
 * Opens the keyring: creates the first keys where there are none, and follows the schedule that all instances share. During an outage of
 * the database it continues with the schedule as last read.
 *
 * @throws SecretKeysError where the secrets cannot decrypt it
 */
export async function createKeyring (options: KeyringOptions): Promise<Keyring> {
  return new Keyring(options).open()
}

/** The signing keys as this instance knows them. It returns signatures, never a private key. */
export class Keyring {
  readonly #database: Database
  readonly #log: KeyringLog
  readonly #manager: KeyManager
  readonly #macs: KeyMacs
  readonly #signers: Signers
  readonly #reporter: RejectionReporter
  readonly #publisher: JwksPublisher
  readonly #clock = new DatabaseClock()
  readonly #stop = new AbortController()
  readonly #revoked = new RevokedKids()
  #latest: KeyringState = { now: 0, keys: [], rejected: [], revokedCount: 0, hasWrongSecrets: false }
  /** The last state that was read with the right secrets: the one in use. */
  #state = this.#latest
  #isFailing = false
  #listener: Awaited<ReturnType<Database['listen']>> | undefined
  #running: Promise<void> | undefined
  #pendingRefresh = Promise.resolve()
  readonly #refresh = singleFlight(async () => {
    // After a change of the secrets elsewhere, this instance cannot decrypt new keys. It continues with those that it has.
    for (const err of await this.#read()) this.#log.error({ event: 'signing_key_unreadable', err }, 'a signing key cannot be decrypted')
    if (!this.#latest.hasWrongSecrets) await this.#reporter.report(this.#latest.rejected)
  })

  constructor ({ log, rotationSeconds = ROTATION_SECONDS, ...options }: KeyringOptions) {
    const { database, secretKeys } = options
    this.#database = database
    this.#log = log
    this.#manager = createKeyManager({ ...options, rotationSeconds })
    this.#macs = createKeyMacs(secretKeys)
    this.#signers = new Signers(createKeyEncryption(secretKeys))
    this.#reporter = new RejectionReporter(database, log)
    this.#publisher = new JwksPublisher(log)
  }

  /** Called once, by `createKeyring`. */
  async open (): Promise<this> {
    const [error] = await this.#read()
    if (error !== undefined) throw error
    await this.#manager.ensureKeys()
    await this.#manager.reseal()
    const onNotification = () => {
      if (!this.#stop.signal.aborted) this.#pendingRefresh = this.#refresh().catch((error: unknown) => this.#onFailure(error))
    }
    this.#listener = await this.#database.listen(KEYS_CHANNEL, onNotification, onNotification)
    await this.#refresh()
    this.#running = this.#run()
    return this
  }

  /**
   * Signs an access token with the current key.
   *
   * @throws CredentialStoreUnavailableError where this instance does not have that key
   */
  sign (claims: AccessClaims): string {
    const sign = this.#findSigner(claims)
    if (sign === undefined) throw new CredentialStoreUnavailableError({ cause: new Error('the current signing key is not available here') })
    return sign(claims)
  }

  /** Waits until this instance knows the revocations that a statement has seen: see `REVOKED_KEYS_SQL`. */
  async awaitRevocations (revokedCount: number): Promise<void> {
    if (revokedCount !== this.#latest.revokedCount) await this.#refresh()
  }

  get canSign (): boolean {
    return this.#findSigner() !== undefined
  }

  /** How many keys are published. */
  get size (): number {
    return this.#publisher.current.state.jwks.keys.length
  }

  /** How many rows of the table are not bound to SECRET_KEYS, and not trusted. */
  get rejected (): number {
    return this.#latest.rejected.length
  }

  /** Until the next rotation is due; negative while it is overdue. */
  get nextRotationSeconds (): number {
    return (nextRotationAt(this.#state.keys, this.#manager.timing) - this.#clock.earliest()) / 1000
  }

  /** The whole JWKS, and the kids that must never be trusted again: what edges must know. */
  publishedKeys (): FeedKeys {
    return this.#publisher.current.state
  }

  /** Calls back with each new state; returns a function that removes the listener. */
  onChange (listener: (state: FeedKeys) => void): () => void {
    return this.#publisher.onChange(listener)
  }

  /** The JWKS as it is sent, and how long it may be cached. */
  jwks (): { body: string, etag: string, maxAgeSeconds: number } {
    const { body, etag } = this.#publisher.current
    const { keys, now: asOf } = this.#state
    return { body, etag, maxAgeSeconds: maxAgeAt(keys, { asOf, now: this.#clock.latest(), timing: this.#manager.timing }) }
  }

  list (): Promise<KeyListing> {
    return this.#manager.list()
  }

  /**
   * See `KeyManager`. This instance knows the change when it resolves.
   *
   * @throws CredentialStoreUnavailableError where the keyring was made with other secrets
   */
  async rotate (order: RotationOrder, actor: Actor): Promise<KeyListing> {
    const listing = await this.#manager.rotate(order, actor).catch((error: unknown) => {
      throw error instanceof SecretKeysError ? new CredentialStoreUnavailableError({ cause: error }) : error
    })
    await this.#refresh()
    return listing
  }

  async close (): Promise<void> {
    this.#stop.abort()
    await this.#listener?.close()
    await Promise.all([this.#running, this.#pendingRefresh])
  }

  /** @returns an error for each key that cannot be decrypted */
  async #read (): Promise<Error[]> {
    const askedAt = performance.now()
    const next = await readKeyring(this.#database.reserved, this.#macs)
    const answeredAt = performance.now()
    const wrongSecret = this.#latest.hasWrongSecrets ? undefined : findWrongSecret(next)
    const errors = wrongSecret === undefined ? await this.#signers.decryptNew(next.keys) : [wrongSecret]
    // All assignments together, without an await: if a key disappeared first, an older one would sign.
    this.#clock.set(next.now, askedAt, answeredAt)
    this.#latest = next
    // Under wrong secrets the last known state stays in use, as during an outage; but revocations are applied.
    if (!next.hasWrongSecrets) {
      this.#state = next
      this.#signers.retain(next.keys)
    }
    this.#revoked.addFrom(next)
    this.#publish()
    return errors
  }

  #publish (): void {
    this.#publisher.update(toPublishedKeys(this.#state.keys, this.#revoked.kids, this.#clock.earliest()))
  }

  async #run (): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      // Jitter, so that instances do not run at the same moment.
      await sleep(this.#manager.timing.propagationMs * (0.375 + Math.random() / 4), undefined, { signal, ref: false }).catch(() => {})
      if (!signal.aborted) await this.#refreshAndRotate().catch((error: unknown) => this.#onFailure(error))
    }
  }

  async #refreshAndRotate (): Promise<void> {
    await this.#refresh()
    if (await this.#manager.runDueRotation(this.#state)) await this.#refresh()
    if (this.#isFailing) this.#log.info({ event: 'keyring_recovered' }, 'the keyring can be read again')
    this.#isFailing = false
  }

  #onFailure (err: unknown): void {
    if (!this.#isFailing && !this.#stop.signal.aborted) {
      this.#log.warn({ event: 'keyring_unavailable', err }, 'the keyring cannot be read; the last known keys stay in use')
    }
    this.#isFailing = true
    // A key may expire meanwhile.
    this.#publish()
  }

  /** `iat` is database time, too, and later than any reading of the keyring. */
  #findSigner (claims?: AccessClaims): Sign | undefined {
    const keys = this.#state.keys.filter(({ kid, privateJwe }) => privateJwe !== null && !this.#revoked.kids.has(kid))
    const key = signingKeyAt(keys, Math.max(this.#clock.earliest(), (claims?.iat ?? 0) * 1000))
    return key && this.#signers.find(key.kid)
  }
}

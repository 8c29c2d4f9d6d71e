import { isObject, ProblemError } from './errors.ts'
import type { Security } from './factors.ts'
import type { LoginMethods, PasskeyLoginOptions } from './login.ts'
import type { Clock, PasskeyJson, Passkeys } from './platform.ts'
import { parse, type Post, type ServiceResponse } from './post.ts'
import { assertNotAborted } from './timeout.ts'

/** A page may wait for a day in which the options grow too old: they are renewed at this fraction of their life. */
const RENEWAL_FRACTION = 0.8

interface PasskeyRequestsOptions {
  /** Undefined: there are none. */
  passkeys: Passkeys | undefined
  post: Post
  clock: Clock
}

/** @throws ProblemError, UnavailableError */
export function parsePasskeyOptions (response: ServiceResponse): { options: PasskeyJson, expiresInSeconds: number } {
  return parse(response, 200, ({ passkey_options: options, expires_in: expiresInSeconds }) => {
    return isObject(options) && typeof expiresInSeconds === 'number' ? { options, expiresInSeconds } : undefined
  })
}

type LogInWithPasskey = (credential: PasskeyJson) => ReturnType<LoginMethods['loginWithPasskey']>

/** What a page asks the user's passkeys for: one request at a time, as browsers want it. A new one aborts the one that waits. */
export class PasskeyRequests {
  readonly #passkeys: Passkeys | undefined
  readonly #post: Post
  readonly #clock: Clock
  #pending: AbortController | undefined

  constructor ({ passkeys, post, clock }: PasskeyRequestsOptions) {
    this.#passkeys = passkeys
    this.#post = post
    this.#clock = clock
  }

  /** Ends the request that waits, if any: with an AbortError. */
  abort (): void {
    this.#pending?.abort()
  }

  /** @param options of the service */
  create (options: PasskeyJson): Promise<PasskeyJson> {
    return this.#run(undefined, (passkeys, signal) => passkeys.create(options, { signal }))
  }

  /** @param options of the service */
  get (options: PasskeyJson): Promise<PasskeyJson> {
    return this.#run(undefined, (passkeys, signal) => passkeys.get(options, { signal }))
  }

  /** Asks for a passkey of whichever account, and tells the browser if the service does not know it. */
  async logIn ({ autofill = false, signal }: PasskeyLoginOptions, logIn: LogInWithPasskey): ReturnType<LogInWithPasskey> {
    const { options, credential } = await this.#getForLogin(autofill, signal)
    try {
      return await logIn(credential)
    } catch (error) {
      const { rpId } = options
      if (error instanceof ProblemError && error.code === 'unknown_passkey' && typeof rpId === 'string') {
        await this.#passkeys?.signalUnknownCredential?.({ rpId, credentialId: String(credential.id) }).catch(() => {})
      }
      throw error
    }
  }

  /**
   * Tells the browser which passkeys the user has, so that it offers no other ones.
   * Those of another domain are not meant.
   */
  async signalAccepted ({ passkeys, rpId, userHandle: userId }: Security): Promise<void> {
    const allAcceptedCredentialIds = passkeys.filter((passkey) => passkey.rpId === rpId).map(({ credentialId }) => credentialId)
    await this.#passkeys?.signalAllAcceptedCredentials?.({ rpId, userId, allAcceptedCredentialIds }).catch(() => {})
  }

  async #getForLogin (autofill: boolean, signal: AbortSignal | undefined): Promise<{ options: PasskeyJson, credential: PasskeyJson }> {
    let isOld = false
    try {
      return await this.#run(signal, async (passkeys, aborted, abort) => {
        const { options, expiresInSeconds } = parsePasskeyOptions(await this.#post('/auth/passkeys/options', {}, { credentials: 'omit' }))
        assertNotAborted(aborted)
        const cancel = this.#clock.after(expiresInSeconds * 1000 * RENEWAL_FRACTION, () => {
          isOld = autofill
          if (isOld) abort()
        })
        const settings = { signal: aborted, ...(autofill && { mediation: 'conditional' as const }) }
        return { options, credential: await passkeys.get(options, settings).finally(cancel) }
      })
    } catch (error) {
      if (isOld) return this.#getForLogin(autofill, signal)
      throw error
    }
  }

  async #run<T> (
    signal: AbortSignal | undefined, work: (passkeys: Passkeys, signal: AbortSignal, abort: () => void) => Promise<T>
  ): Promise<T> {
    assertNotAborted(signal)
    if (this.#passkeys === undefined) throw new TypeError('passkeys: this platform has none')
    this.abort()
    const controller = new AbortController()
    const abort = () => controller.abort(signal?.reason)
    this.#pending = controller
    signal?.addEventListener('abort', abort)
    try {
      return await work(this.#passkeys, controller.signal, abort)
    } finally {
      signal?.removeEventListener('abort', abort)
      if (this.#pending === controller) this.#pending = undefined
    }
  }
}

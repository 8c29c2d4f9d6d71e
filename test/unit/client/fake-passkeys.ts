// Passkeys of a browser, and a person who chooses one, or does not.
import type { PasskeyJson, Passkeys } from '../../../client/index.ts'

export interface FakePasskeys extends Passkeys {
  /** Every request of the page. */
  readonly asked: Array<{ method: 'create' | 'get', options: PasskeyJson, mediation: string | undefined, signal: AbortSignal }>
  /** What the page tells the browser. */
  readonly signalled: unknown[]
  /** The person chooses a passkey for the newest request. */
  choose (credential?: PasskeyJson): void
  /** The person declines the newest request. */
  decline (): void
}

export const CREDENTIAL: PasskeyJson = { id: 'credential', type: 'public-key', response: {} }

export function createFakePasskeys (): FakePasskeys {
  const asked: FakePasskeys['asked'] = []
  const signalled: unknown[] = []
  let settle = { resolve (_credential: PasskeyJson) {}, reject (_error: Error) {} }

  function ask (
    method: 'create' | 'get', options: PasskeyJson, { signal, mediation }: { signal: AbortSignal, mediation?: string }
  ): Promise<PasskeyJson> {
    asked.push({ method, options, mediation, signal })
    return new Promise((resolve, reject) => {
      settle = { resolve, reject }
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  }

  return {
    asked,
    signalled,
    create: (options, settings) => ask('create', options, settings),
    get: (options, settings) => ask('get', options, settings),
    signalUnknownCredential: async (signal) => { signalled.push(signal) },
    signalAllAcceptedCredentials: async (signal) => {
      signalled.push(signal)
      throw new Error('not now')
    },
    choose: (credential = CREDENTIAL) => settle.resolve(credential),
    decline: () => settle.reject(new DOMException('declined', 'NotAllowedError'))
  }
}

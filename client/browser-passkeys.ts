import type { PasskeyJson, Passkeys } from './platform.ts'

// WebAuthn 3, as far as it is used. The types are declared here, because none of the platforms' own are loaded.
interface WebAuthn {
  parseCreationOptionsFromJSON (options: object): unknown
  parseRequestOptionsFromJSON (options: object): unknown
  isConditionalMediationAvailable?: () => Promise<boolean>
  signalUnknownCredential?: Passkeys['signalUnknownCredential']
  signalAllAcceptedCredentials?: Passkeys['signalAllAcceptedCredentials']
}

interface Credentials {
  create (options: object): Promise<object | null>
  get (options: object): Promise<object | null>
}

interface Platform {
  /** All platforms have it. */
  readonly performance: object
  readonly PublicKeyCredential?: WebAuthn
  readonly navigator?: { readonly credentials?: Credentials }
}

const platform: Platform = globalThis

/** Whether this platform has passkeys, and the browser's own JSON methods for them: those of 2025 have. */
export function isPasskeySupported (): boolean {
  return typeof platform.PublicKeyCredential?.parseRequestOptionsFromJSON === 'function' && platform.navigator?.credentials !== undefined
}

/** Whether the browser can offer passkeys in the field for the user name: see `loginWithPasskey`. */
export async function isAutofillSupported (): Promise<boolean> {
  return isPasskeySupported() && await platform.PublicKeyCredential?.isConditionalMediationAvailable?.().catch(() => false) === true
}

/** @returns the browser's passkeys; undefined where there are none */
export function findPasskeys (): Passkeys | undefined {
  const { PublicKeyCredential: webAuthn, navigator } = platform
  if (webAuthn === undefined || navigator?.credentials === undefined || !isPasskeySupported()) return undefined
  const { credentials } = navigator
  return {
    async create (options, settings) {
      return toJson(await credentials.create({ publicKey: webAuthn.parseCreationOptionsFromJSON(options), ...settings }))
    },
    async get (options, settings) {
      return toJson(await credentials.get({ publicKey: webAuthn.parseRequestOptionsFromJSON(options), ...settings }))
    },
    signalUnknownCredential: async (signalled) => webAuthn.signalUnknownCredential?.(signalled),
    signalAllAcceptedCredentials: async (signalled) => webAuthn.signalAllAcceptedCredentials?.(signalled)
  }
}

function toJson (credential: object | null): PasskeyJson {
  // Some password managers replace what browsers return by something without it.
  if (credential === null || !('toJSON' in credential)) throw new TypeError('the browser gave no passkey')
  return (credential as { toJSON (): PasskeyJson }).toJSON()
}

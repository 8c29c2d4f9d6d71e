// The browser's own methods, as far as a browser has them.
import t, { type Test } from 'tap'
import { createClient, isAutofillSupported, isPasskeySupported } from '../../../client/index.ts'

const OPTIONS = { challenge: 'AAAA', rpId: 'example.com' }

interface Given {
  webAuthn?: object
  credentials?: object
}

/** A page of a browser, until the test ends. */
function pretend (t: Test, { webAuthn, credentials }: Given): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
  Object.defineProperty(globalThis, 'navigator', { value: { credentials }, configurable: true })
  Object.defineProperty(globalThis, 'PublicKeyCredential', { value: webAuthn, configurable: true })
  t.teardown(() => {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator')
    else Object.defineProperty(globalThis, 'navigator', before)
    Reflect.deleteProperty(globalThis, 'PublicKeyCredential')
  })
}

const parsers = {
  parseRequestOptionsFromJSON: (options: object) => ({ parsed: options }),
  parseCreationOptionsFromJSON: (options: object) => ({ created: options })
}

t.test('whether a browser has passkeys, and offers them in a field', async (t) => {
  const cases: Array<[name: string, given: Given, passkeys: boolean, autofill: boolean]> = [
    ['none', {}, false, false],
    ['without the JSON methods', { webAuthn: {}, credentials: {} }, false, false],
    ['without credentials, as on plain http', { webAuthn: parsers }, false, false],
    ['without autofill', { webAuthn: parsers, credentials: {} }, true, false],
    ['with autofill', { webAuthn: { ...parsers, isConditionalMediationAvailable: async () => true }, credentials: {} }, true, true],
    ['that refuses to say', {
      webAuthn: { ...parsers, isConditionalMediationAvailable: async () => { throw new Error('no') } }, credentials: {}
    }, true, false]
  ]
  for (const [name, given, passkeys, autofill] of cases) {
    await t.test(name, async (t) => {
      pretend(t, given)
      t.strictSame([isPasskeySupported(), await isAutofillSupported()], [passkeys, autofill])
    })
  }
})

/** A client in a page, whose service rejects every passkey as unknown, and what its browser was asked and told. */
function openPage (t: Test, credential: object | null, hasSignals = true) {
  const calls: unknown[] = []
  const credentials = {
    async get ({ signal, ...options }: { signal: AbortSignal }) {
      calls.push([options, signal.aborted])
      return credential
    }
  }
  const signals = {
    async signalUnknownCredential (signalled: object) {
      calls.push(signalled)
      throw new Error('not now')
    }
  }
  pretend(t, { webAuthn: { ...parsers, ...hasSignals && signals }, credentials })
  const client = createClient({
    baseUrl: 'https://auth.example.com',
    delivery: 'body',
    fetch: async (input) => new URL(String(input)).pathname === '/auth/passkeys/options'
      ? Response.json({ passkey_options: OPTIONS, expires_in: 3600 })
      : Response.json({ code: 'unknown_passkey', detail: 'No.' }, { status: 401 })
  })
  t.teardown(() => client.close())
  return { client, calls }
}

t.test('options and credentials pass through the browser\'s JSON methods', async (t) => {
  class Credential { toJSON () { return { id: 'AQ', response: {} } } }
  for (const hasSignals of [true, false]) {
    const { client, calls } = openPage(t, new Credential(), hasSignals)
    await t.rejects(client.loginWithPasskey({ autofill: true }), { code: 'unknown_passkey' })
    t.strictSame(calls, [
      [{ publicKey: { parsed: OPTIONS }, mediation: 'conditional' }, false],
      ...hasSignals ? [{ rpId: 'example.com', credentialId: 'AQ' }] : []
    ])
  }
})

t.test('something else than a credential is no passkey', async (t) => {
  for (const odd of [null, {}]) {
    const { client } = openPage(t, odd)
    await t.rejects(client.loginWithPasskey(), { message: 'the browser gave no passkey' })
  }
})

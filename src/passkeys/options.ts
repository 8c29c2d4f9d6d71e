// What is handed to `navigator.credentials`, as the JSON that browsers parse (WebAuthn 5.1.8, 5.1.9), and its schemas.
import { Type, type Static } from 'typebox'
import { oneOf } from '../schemas.ts'
import type { Passkey } from './passkey-store.ts'
import { ALGORITHMS } from './webauthn.ts'

/** How long a browser waits for its user; what it does afterwards, it decides. */
const TIMEOUT_MS = 300_000

const text = (description: string, example: string) => Type.String({ description, examples: [example] })
const challenge = text('What the authenticator signs, base64url.', 'AQEBmN…')
const timeout = Type.Integer({
  description: 'How long the browser waits for its user, in milliseconds.',
  minimum: 1,
  maximum: 600_000,
  format: 'int32',
  examples: [TIMEOUT_MS]
})
const rpId = text('The domain that the passkey is for.', 'example.com')
const userVerification = oneOf(['required', 'preferred'], { description: 'Whether the authenticator has to ask for PIN or biometrics.' })

const DescriptorSchema = Type.Object({
  type: oneOf(['public-key'], { description: 'The only type there is.' }),
  id: text('The id of the credential, base64url.', 'c29tZSBpZA'),
  transports: Type.Array(Type.String({ examples: ['internal'] }), { description: 'How its authenticator is reached.' })
}, { title: 'PasskeyDescriptor', additionalProperties: false, description: 'A passkey, as browsers look for it.' })

export const RequestOptionsSchema = Type.Object({
  challenge,
  timeout,
  rpId,
  allowCredentials: Type.Array(DescriptorSchema, { description: 'The passkeys that may be used; empty: any for this domain.' }),
  userVerification
}, {
  title: 'PasskeyRequestOptions',
  additionalProperties: false,
  description: 'For `PublicKeyCredential.parseRequestOptionsFromJSON`, and then `navigator.credentials.get`.'
})

export type RequestOptions = Static<typeof RequestOptionsSchema>

export const CreationOptionsSchema = Type.Object({
  rp: Type.Object({ id: rpId, name: text('The name of the service.', 'Example') }, {
    title: 'PasskeyRelyingParty', additionalProperties: false, description: 'Whom the passkey is for.'
  }),
  user: Type.Object({
    id: text('The id of the user, base64url of its 16 bytes.', 'AZjB1XorfD2OT1prfI2eDw'),
    name: text('The e-mail.', 'user1@example.com'),
    displayName: text('The e-mail.', 'user1@example.com')
  }, { title: 'PasskeyUser', additionalProperties: false, description: 'Whose passkey it is: shown when the user chooses one.' }),
  challenge,
  pubKeyCredParams: Type.Array(Type.Object({
    type: oneOf(['public-key'], { description: 'The only type there is.' }),
    alg: Type.Integer({ description: 'COSE algorithm.', minimum: -65_535, maximum: 65_535, format: 'int32', examples: [-7] })
  }, { title: 'PasskeyAlgorithm', additionalProperties: false, description: 'An algorithm that we verify.' }), {
    description: 'The algorithms that we verify, best first.'
  }),
  timeout,
  excludeCredentials: Type.Array(DescriptorSchema, { description: 'The passkeys that the user has: no authenticator makes a second one.' }),
  authenticatorSelection: Type.Object({
    residentKey: oneOf(['required'], {
      description: 'So that it logs in without an e-mail. For a security key without a PIN, a second factor, pages ask for `discouraged`.'
    }),
    requireResidentKey: Type.Boolean({ description: 'The same, for older browsers.', examples: [true] }),
    userVerification
  }, { title: 'PasskeyAuthenticator', additionalProperties: false, description: 'What the authenticator has to be able to do.' }),
  attestation: oneOf(['none'], { description: 'Who made the authenticator is not asked.' })
}, {
  title: 'PasskeyCreationOptions',
  additionalProperties: false,
  description: 'For `PublicKeyCredential.parseCreationOptionsFromJSON`, and then `navigator.credentials.create`.'
})

export type CreationOptions = Static<typeof CreationOptionsSchema>

/** @param given `passkeys`: those that may be used; none: any for our RP ID */
export function toRequestOptions (given: Pick<RequestOptions, 'challenge' | 'rpId' | 'userVerification'> & {
  passkeys: readonly Passkey[]
}): RequestOptions {
  const { challenge, rpId, userVerification, passkeys } = given
  return { challenge, timeout: TIMEOUT_MS, rpId, allowCredentials: passkeys.map(toDescriptor), userVerification }
}

/** @param given `passkeys`: those that the user has */
export function toCreationOptions (given: Pick<CreationOptions, 'rp' | 'challenge'> & {
  user: Pick<CreationOptions['user'], 'id' | 'name'>, passkeys: readonly Passkey[]
}): CreationOptions {
  const { rp, user, challenge, passkeys } = given
  return {
    rp,
    user: { ...user, displayName: user.name },
    challenge,
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: 'public-key', alg })),
    timeout: TIMEOUT_MS,
    excludeCredentials: passkeys.map(toDescriptor),
    // What we propose, for a passkey that logs in alone. We do not check it: pages may ask for less, and get a second factor.
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'preferred' },
    attestation: 'none'
  }
}

function toDescriptor ({ credentialId, transports }: Passkey): Static<typeof DescriptorSchema> {
  return { type: 'public-key', id: credentialId.toString('base64url'), transports: [...transports] }
}

import { Type, type Static } from 'typebox'
import {
  AmbiguousCredentialsError, CredentialStoreUnavailableError, CrossSiteError, InvalidPasskeyError, InvalidRequestError, InvalidTargetError,
  toErrorResponses, TooManyAttemptsError, UnknownPasskeyError
} from '../errors.ts'
import { EXAMPLE_ID, LINE_PATTERN, nullable } from '../schemas.ts'
import { CredentialSchema, deliveryProperties, tokensResponse } from '../sessions/index.ts'
import { toLifetimeSeconds } from './challenges.ts'
import { CreationOptionsSchema, RequestOptionsSchema } from './options.ts'
import type { Passkey } from './passkey-store.ts'

const MAX_NAME_LENGTH = 64

/** How users tell their passkeys apart. */
export const PasskeyNameSchema = Type.String({
  description: 'The name of the passkey, for its user.',
  minLength: 1,
  maxLength: MAX_NAME_LENGTH,
  pattern: LINE_PATTERN,
  examples: ['My phone']
})

export const PasskeySchema = Type.Object({
  id: Type.String({ description: 'The id of the passkey.', format: 'uuid', examples: [EXAMPLE_ID] }),
  name: PasskeyNameSchema,
  credential_id: Type.String({
    description: 'The id of the credential, base64url: what the signal API of browsers takes.', examples: ['c29tZSBpZA']
  }),
  rp_id: Type.String({
    description: 'The domain that it was made for; after a change of PASSKEY_RP_ID it is of no use.', examples: ['example.com']
  }),
  backed_up: Type.Boolean({ description: 'Whether it is synchronized to other devices of its user.' }),
  created_at: Type.String({ description: 'When it was added.', format: 'date-time', examples: ['2026-01-01T00:00:00.000Z'] }),
  last_used_on: nullable(Type.String({ description: 'The day of its last use, in UTC.', format: 'date', examples: ['2026-01-01'] }))
}, { title: 'Passkey', additionalProperties: false, description: 'A passkey of a user.' })

export function toPasskeyBody (passkey: Passkey): Static<typeof PasskeySchema> {
  const { id, name, credentialId, rpId, isBackedUp, createdAt, lastUsedOn } = passkey
  return {
    id,
    name,
    credential_id: credentialId.toString('base64url'),
    rp_id: rpId,
    backed_up: isBackedUp,
    created_at: createdAt.toISOString(),
    last_used_on: lastUsedOn
  }
}

const expiresIn = Type.Integer({
  description: 'Seconds until the challenge is too old.', minimum: 0, maximum: 3600, format: 'int32', examples: [300]
})

/** Options for `navigator.credentials.get`. */
export const PasskeyRequestSchema = Type.Object({ passkey_options: RequestOptionsSchema, expires_in: expiresIn }, {
  title: 'PasskeyRequest', additionalProperties: false, description: 'What a browser needs to use a passkey.'
})

export type PasskeyRequest = Static<typeof PasskeyRequestSchema>

/** Options for `navigator.credentials.create`. */
export const PasskeyCreationSchema = Type.Object({ passkey_options: CreationOptionsSchema, expires_in: expiresIn }, {
  title: 'PasskeyCreation', additionalProperties: false, description: 'What a browser needs to make a passkey.'
})

export type PasskeyCreation = Static<typeof PasskeyCreationSchema>

/** `{}`, or no body. */
export const NothingSchema = Type.Optional(Type.Object({}, {
  title: 'Nothing', additionalProperties: false, description: 'Nothing is asked for.'
}))

const LoginBodySchema = Type.Object({ credential: CredentialSchema, ...deliveryProperties }, {
  title: 'PasskeyLoginRequest', additionalProperties: false, description: 'What the passkey has signed.'
})

export type PasskeyLoginBody = Static<typeof LoginBodySchema>

const RelatedOriginsSchema = Type.Object({
  origins: Type.Array(Type.String({ examples: ['https://www.example.com'] }), { description: 'Whose pages may use the passkeys.' })
}, { title: 'RelatedOrigins', additionalProperties: false, description: 'The origins that share the passkeys of this domain.' })

export type RelatedOrigins = Static<typeof RelatedOriginsSchema>

const tags = ['authentication']
const security: [] = []

export const optionsRoute = {
  operationId: 'beginPasskeyLogin',
  summary: 'The options for a login with a passkey; no database query',
  description: 'For a button, and for autofill (`mediation: "conditional"`): nobody has to type an e-mail. The challenge is good for one ' +
    `login, within ${toLifetimeSeconds('login') / 60} minutes.`,
  tags,
  security,
  body: NothingSchema,
  response: { 200: PasskeyRequestSchema, ...toErrorResponses(InvalidRequestError, TooManyAttemptsError) }
}

export const loginRoute = {
  operationId: 'loginWithPasskey',
  summary: 'Begin a session with a passkey alone',
  description: 'The passkey has to verify its user, by PIN or biometrics. With the `rp_id` and the `credential_id` of a 401 ' +
    '`unknown_passkey`, `PublicKeyCredential.signalUnknownCredential` has the browser forget the passkey.',
  tags,
  security,
  body: LoginBodySchema,
  response: {
    200: tokensResponse,
    ...toErrorResponses(
      InvalidRequestError, InvalidTargetError, AmbiguousCredentialsError, InvalidPasskeyError, UnknownPasskeyError, CrossSiteError,
      TooManyAttemptsError, CredentialStoreUnavailableError)
  }
}

export const relatedOriginsRoute = {
  operationId: 'listPasskeyOrigins',
  summary: 'The origins whose pages may use the passkeys of this domain',
  description: 'For browsers (WebAuthn 5.11), which read it at PASSKEY_RP_ID: the web origins of PASSKEY_ORIGINS.',
  tags,
  security,
  response: {
    200: {
      ...RelatedOriginsSchema,
      headers: { 'cache-control': Type.String({ description: 'How long the response may be kept.', examples: ['public, max-age=3600'] }) }
    }
  }
}

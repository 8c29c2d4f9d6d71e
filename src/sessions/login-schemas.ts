// The requests that begin a session.
import { Type, type Static } from 'typebox'
import { DEFAULT_ADMIN_EMAIL, EmailSchema, PasswordSchema } from '../accounts/index.ts'
import {
  AmbiguousCredentialsError, CredentialStoreUnavailableError, CrossSiteError, EnrolmentRequiredError, InvalidChallengeError,
  InvalidCredentialsError, InvalidRequestError, InvalidSecondFactorError, InvalidTargetError, OverloadedError, SecondFactorRequiredError,
  TooManyAttemptsError, toErrorResponses
} from '../errors.ts'
import { oneOf } from '../schemas.ts'
import { CHALLENGE_LENGTH } from './challenge.ts'
import { AudienceSchema, tokensResponse } from './schemas.ts'

/** How any login asks for its tokens. */
export const deliveryProperties = {
  delivery: Type.Optional(oneOf(['body', 'cookie'], {
    description: 'Where the refresh token is: in the response body, or, for browsers, in an HttpOnly cookie.', default: 'body'
  })),
  audience: Type.Optional(AudienceSchema)
}

/** What no passkey has signed, in the form of what one would have. */
const EXAMPLE_ASSERTION = {
  id: 'c29tZSBpZA',
  type: 'public-key',
  response: {
    clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQVFFIiwib3JpZ2luIjoiaHR0cDovL2xvY2FsaG9zdDozMDAwIn0',
    authenticatorData: 'SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MdAAAAAA',
    signature: 'c29tZSBzaWduYXR1cmU'
  }
}

/** A credential as browsers make it: `credential.toJSON()` (WebAuthn 5.1). What is in it, the verifier of passkeys finds out. */
export const CredentialSchema = Type.Object({
  id: Type.String({ description: 'The id of the credential, base64url.', minLength: 1, maxLength: 1400, examples: [EXAMPLE_ASSERTION.id] }),
  type: oneOf(['public-key'], { description: 'The only type there is.' }),
  response: Type.Object({}, {
    title: 'AuthenticatorResponse', additionalProperties: true, description: 'What the authenticator has signed.'
  })
}, {
  title: 'PublicKeyCredential',
  additionalProperties: true,
  description: 'A passkey, as `credential.toJSON()` has it.',
  examples: [EXAMPLE_ASSERTION]
})

const LoginBodySchema = Type.Object({
  email: Type.String({
    ...EmailSchema, description: 'E-mail of the account. Case and surrounding white space do not matter.', examples: [DEFAULT_ADMIN_EMAIL]
  }),
  password: PasswordSchema,
  ...deliveryProperties
}, { title: 'LoginRequest', additionalProperties: false, description: 'Who logs in, and what with.' })

/** How a second factor is given; one of them. */
export const factorProperties = {
  totp: Type.Optional(Type.String({
    description: 'The six digits that the authenticator app shows.', pattern: '^[0-9]{3} ?[0-9]{3}$', examples: ['123456']
  })),
  recovery_code: Type.Optional(Type.String({
    description: 'One of the recovery codes, in any case, with or without hyphens.',
    minLength: 25,
    maxLength: 64,
    examples: ['7K2QM-4ZV8B-N3XTR-9CJ5W-HD6FP']
  })),
  passkey: Type.Optional(CredentialSchema)
}

const EXAMPLE_CHALLENGE = 'A'.repeat(CHALLENGE_LENGTH)

const SecondFactorBodySchema = Type.Object({
  challenge: Type.String({
    description: 'As the login has answered it.', minLength: CHALLENGE_LENGTH, maxLength: CHALLENGE_LENGTH, examples: [EXAMPLE_CHALLENGE]
  }),
  ...factorProperties,
  ...deliveryProperties
}, {
  title: 'SecondFactorRequest',
  additionalProperties: false,
  description: 'The second step of a login: one second factor.',
  examples: [{ challenge: EXAMPLE_CHALLENGE, totp: '123456', delivery: 'body' }]
})

export type SecondFactorBody = Static<typeof SecondFactorBodySchema>

export type LoginBody = Static<typeof LoginBodySchema>

const tags = ['authentication']
const security: [] = []

export const loginRoute = {
  operationId: 'login',
  summary: 'Begin a session with e-mail and password',
  description: 'The refresh token is in the body, or with `delivery: cookie` in an HttpOnly cookie. Attempts are limited.',
  tags,
  security,
  body: LoginBodySchema,
  response: {
    200: tokensResponse,
    ...toErrorResponses(
      InvalidRequestError, InvalidTargetError, AmbiguousCredentialsError, InvalidCredentialsError,
      SecondFactorRequiredError, CrossSiteError, EnrolmentRequiredError, TooManyAttemptsError, OverloadedError,
      CredentialStoreUnavailableError)
  }
}

export const secondFactorRoute = {
  operationId: 'giveSecondFactor',
  summary: 'The second step of a login: give a second factor',
  description: 'For a 401 `second_factor_required`, within five minutes. A wrong one may be followed by another; codes of an ' +
    'authenticator app are limited, recovery codes and passkeys are not.',
  tags,
  security,
  body: SecondFactorBodySchema,
  response: {
    200: tokensResponse,
    ...toErrorResponses(
      InvalidRequestError, InvalidTargetError, AmbiguousCredentialsError, InvalidSecondFactorError, InvalidChallengeError, CrossSiteError,
      TooManyAttemptsError, CredentialStoreUnavailableError)
  }
}

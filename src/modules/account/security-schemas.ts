// The documents of second factors.
import { Type, type Static } from 'typebox'
import { verifiedProperty } from '../../accounts/index.ts'
import {
  ClockSkewError, InsufficientUserAuthenticationError, InvalidRequestError, LastFactorError, NotFoundError, toErrorResponses,
  TooManyAttemptsError, WrongCodeError
} from '../../errors.ts'
import { EXAMPLE_ID, MAX_INT32, nullable } from '../../schemas.ts'
import { guardErrors } from './schemas.ts'

const RpIdSchema = Type.String({
  description: 'The domain that passkeys are made for: PASSKEY_RP_ID, or the host of the issuer.', examples: ['example.com']
})

const ListedPasskeySchema = Type.Object({
  id: Type.String({ description: 'The id of the passkey here.', format: 'uuid', examples: [EXAMPLE_ID] }),
  name: Type.String({ description: 'The name that you gave it.', examples: ['Phone'] }),
  created_at: Type.String({ description: 'When it was added.', format: 'date-time', examples: ['2026-01-01T00:00:00.000Z'] }),
  last_used_on: nullable(Type.String({
    description: 'The day of its last use; null if it was never used.', format: 'date', examples: ['2026-01-01']
  })),
  backed_up: Type.Boolean({ description: 'Whether it is synchronized to other devices.', examples: [true] }),
  credential_id: Type.String({ description: 'Its id for the browser, base64url.', examples: ['the id'] }),
  rp_id: Type.String({ ...RpIdSchema, description: 'The domain that it was made for; with another one it cannot be used now.' })
}, { title: 'ListedPasskey', additionalProperties: false, description: 'A passkey.' })

const SecurityBodySchema = Type.Object({
  second_factor: Type.Object({
    required: Type.Boolean({ description: 'Whether a login needs a second factor.', examples: [true] }),
    totp: Type.Boolean({ description: 'Whether an authenticator app is enrolled.', examples: [true] }),
    passkeys: Type.Array(ListedPasskeySchema, { description: 'Your passkeys, oldest first.' }),
    recovery_codes_left: Type.Integer({
      description: 'Recovery codes that were not used yet.', minimum: 0, maximum: MAX_INT32, format: 'int32', examples: [10]
    })
  }, { title: 'SecondFactorState', additionalProperties: false, description: 'Your second factors.' }),
  ...verifiedProperty,
  rp_id: RpIdSchema,
  user_handle: Type.String({
    description: 'Your id as passkeys have it, base64url: for `PublicKeyCredential.signalAllAcceptedCredentials()`, with `rp_id`.',
    examples: ['AZRB0v8AcAAAAAAAAAAAAA']
  })
}, { title: 'Security', additionalProperties: false, description: 'The ways into your account.' })

export type Security = Static<typeof SecurityBodySchema>

const TotpSecretSchema = Type.Object({
  secret: Type.String({ description: 'The secret in base32, for typing it.', examples: ['GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'] }),
  otpauth_uri: Type.String({
    description: 'The content of a QR code that authenticator apps read.',
    examples: ['otpauth://totp/gatepass:user1%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=gatepass']
  })
}, {
  title: 'TotpSecret', additionalProperties: false, description: 'A new secret; it is shown once, and not used before it is confirmed.'
})

export type TotpSecret = Static<typeof TotpSecretSchema>

const ConfirmTotpSchema = Type.Object({
  code: Type.String({ description: 'The six digits that the app shows.', pattern: '^[0-9]{3} ?[0-9]{3}$', examples: ['123456'] })
}, { title: 'ConfirmTotpRequest', additionalProperties: false, description: 'A code of the new secret.' })

export type ConfirmTotp = Static<typeof ConfirmTotpSchema>

const RecoveryCodesSchema = Type.Object({
  recovery_codes: Type.Array(Type.String({ examples: ['7K2QM-4ZV8B-N3XTR-9CJ5W-HD6FP'] }), {
    description: 'Each is good for one login without the app: keep them on paper. They are shown once.'
  })
}, { title: 'RecoveryCodes', additionalProperties: false, description: 'New recovery codes.' })

export type RecoveryCodes = Static<typeof RecoveryCodesSchema>

const RequireSecondFactorSchema = Type.Object({
  required: Type.Boolean({ description: 'Whether a login needs a second factor.', examples: [true] })
}, { title: 'RequireSecondFactorRequest', additionalProperties: false, description: 'What a login needs.' })

export type RequireSecondFactor = Static<typeof RequireSecondFactorSchema>

const EmptySchema = Type.Optional(Type.Object({}, {
  title: 'StartTotpRequest', additionalProperties: false, description: 'Nothing.', examples: [{}]
}))

const tags = ['account']
const security = [{ bearer: [] }]
const changeErrors = [...guardErrors, InsufficientUserAuthenticationError]

const RECENT = 'It asks for a recent proof, of the level `aal2` where a login needs a second factor.'
const TOLD = 'The change is told by mail, if the service sends any.'

export const findSecurityRoute = {
  operationId: 'findMySecurity',
  summary: 'Your second factors and passkeys',
  description: 'What you can log in with. A token that is good for enrolling only reads it, too, as long as there is no second factor.',
  tags,
  security,
  response: { 200: SecurityBodySchema, ...toErrorResponses(...guardErrors) }
}

export const startTotpRoute = {
  operationId: 'startTotp',
  summary: 'Get a secret for an authenticator app',
  description: `Confirm it within a day; until then a secret that is in use stays in use. ${RECENT}`,
  tags,
  security,
  body: EmptySchema,
  response: { 200: TotpSecretSchema, ...toErrorResponses(...changeErrors, InvalidRequestError) }
}

export const confirmTotpRoute = {
  operationId: 'confirmTotp',
  summary: 'Confirm the secret with a code of the app',
  description: 'From then on a login needs a second factor, and your other sessions end. The response has ten ' +
    `new recovery codes, which replace all others. ${RECENT} ${TOLD}`,
  tags,
  security,
  body: ConfirmTotpSchema,
  response: {
    200: RecoveryCodesSchema,
    ...toErrorResponses(...changeErrors, InvalidRequestError, WrongCodeError, ClockSkewError, TooManyAttemptsError)
  }
}

export const removeTotpRoute = {
  operationId: 'removeTotp',
  summary: 'Remove the authenticator app',
  description: `Recovery codes go with it, if there is no passkey. ${RECENT} ${TOLD}`,
  tags,
  security,
  response: {
    204: Type.Null({ description: 'Its codes do nothing any more.' }),
    ...toErrorResponses(...changeErrors, NotFoundError, LastFactorError, TooManyAttemptsError)
  }
}

export const renewRecoveryCodesRoute = {
  operationId: 'renewRecoveryCodes',
  summary: 'Get ten new recovery codes',
  description: `Those of before do nothing any more. ${RECENT} ${TOLD}`,
  tags,
  security,
  response: { 200: RecoveryCodesSchema, ...toErrorResponses(...changeErrors, LastFactorError, TooManyAttemptsError) }
}

export const requireSecondFactorRoute = {
  operationId: 'requireSecondFactor',
  summary: 'Choose whether a login needs a second factor',
  description: `It cannot be switched on without one, nor off where SECOND_FACTOR asks for one. ${RECENT} ${TOLD}`,
  tags,
  security,
  body: RequireSecondFactorSchema,
  response: {
    204: Type.Null({ description: 'It counts from the next login on.' }),
    ...toErrorResponses(...changeErrors, InvalidRequestError, LastFactorError, TooManyAttemptsError)
  }
}

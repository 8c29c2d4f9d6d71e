import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { EXAMPLE_PASSWORD, PasswordSchema } from '../../accounts/index.ts'
import { toOrigin } from '../../audit/index.ts'
import { edge, type AnyUser, type Verifier } from '../../edge/index.ts'
import {
  InsufficientScopeError, InvalidRequestError, InvalidTargetError, NotFoundError, OverloadedError, SecondFactorNeededError,
  toErrorResponses, TooManyAttemptsError, WrongCodeError, WrongPasskeyError, WrongPasswordError
} from '../../errors.ts'
import { noStore } from '../../http/index.ts'
import {
  NothingSchema, PasskeyRequestSchema, toLifetimeSeconds, type PasskeyRequest, type PasskeyVerifier
} from '../../passkeys/index.ts'
import { accessTokenProperties, AudienceSchema, factorProperties, toGivenFactor, type createStepUp } from '../../sessions/index.ts'
import { guardErrors } from './schemas.ts'

interface StepUpModuleOptions {
  verifier: Verifier
  stepUp: ReturnType<typeof createStepUp>
  /** What makes the options of a passkey for the step-up. */
  passkeys: Pick<PasskeyVerifier, 'toStepUpOptions'>
}

const StepUpBodySchema = Type.Object({
  password: Type.Optional(PasswordSchema),
  ...factorProperties,
  audience: Type.Optional(AudienceSchema)
}, {
  title: 'StepUpRequest',
  additionalProperties: false,
  description: 'The proof: the password, with a second factor if the user needs one; or a passkey that verifies the user, alone.',
  examples: [{ password: EXAMPLE_PASSWORD }]
})

type StepUpBody = Static<typeof StepUpBodySchema>

const SteppedUpSchema = Type.Object({
  ...accessTokenProperties,
  acr: Type.String({ description: 'The level of the proof: `aal1`, `aal2` or `phr`.', examples: ['aal1'] })
}, {
  title: 'StepUpToken',
  additionalProperties: false,
  description: 'One access token of the same session, and no refresh token: a refresh does not inherit the proof.'
})

type SteppedUpBody = Static<typeof SteppedUpSchema>

const stepUpRoute = {
  operationId: 'stepUp',
  summary: 'Prove again who you are: get an access token for routes that ask for a recent proof',
  description: 'For a 401 `insufficient_user_authentication`. The token has the time and the level of the proof; the session is unchanged.',
  tags: ['authentication'],
  security: [{ bearer: [] }],
  body: StepUpBodySchema,
  response: {
    200: SteppedUpSchema,
    ...toErrorResponses(
      ...guardErrors, InvalidRequestError, InvalidTargetError, WrongPasswordError, WrongCodeError, WrongPasskeyError,
      SecondFactorNeededError, TooManyAttemptsError, OverloadedError)
  }
}

const optionsRoute = {
  operationId: 'beginPasskeyStepUp',
  summary: 'The options to prove again who you are with a passkey',
  description: 'Your passkey signs the challenge; then send it to POST /auth/step-up. 404: you have no passkey for this service.',
  tags: ['authentication'],
  security: [{ bearer: [] }],
  body: NothingSchema,
  response: { 200: PasskeyRequestSchema, ...toErrorResponses(...guardErrors, InvalidRequestError, NotFoundError) }
}

/** Lets users prove again who they are (RFC 9470). */
export async function stepUp (app: FastifyInstance, { verifier, stepUp, passkeys }: StepUpModuleOptions): Promise<void> {
  await app.register(edge, { verifier, allow: 'account:read' })
  app.addHook('onRequest', noStore)
  app.post('/auth/step-up', { schema: stepUpRoute }, onStepUp)
  app.post('/auth/step-up/options', { schema: optionsRoute }, onOptions)

  async function onOptions ({ currentUser }: FastifyRequest): Promise<PasskeyRequest> {
    const options = await passkeys.toStepUpOptions(readUser(currentUser))
    if (options === undefined) throw new NotFoundError()
    return { passkey_options: options, expires_in: toLifetimeSeconds('stepUp') }
  }

  async function onStepUp (request: FastifyRequest<{ Body: StepUpBody }>): Promise<SteppedUpBody> {
    const { userId, sessionId } = readUser(request.currentUser)
    const { password, audience } = request.body
    const factor = hasFactorBody(request.body) ? toGivenFactor(request.body) : undefined
    if (password === undefined && (factor === undefined || !('passkey' in factor))) {
      throw new InvalidRequestError({ errors: [{ path: '/password', message: 'is required, unless there is a passkey' }] })
    }
    const attempt = { userId, sessionId, password, factor, audience, origin: toOrigin(request) }
    const { tokenId, accessToken, expiresInSeconds, acr } = await stepUp(attempt)
    request.issued = { userId, sessionId, tokenId }
    return { access_token: accessToken, token_type: 'Bearer', expires_in: expiresInSeconds, acr }
  }
}

/** The token that is given has no ceiling, so one that has a ceiling must not lead to it. */
function readUser ({ id: userId, sessionId, role, is }: AnyUser): { userId: string, sessionId: string } {
  if (!is(role)) throw new InsufficientScopeError()
  return { userId, sessionId }
}

function hasFactorBody ({ totp, recovery_code: recoveryCode, passkey }: StepUpBody): boolean {
  return [totp, recoveryCode, passkey].some((factor) => factor !== undefined)
}

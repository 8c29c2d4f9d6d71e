import type { AccessTokens } from './access-tokens.ts'
import { isObject, parseRetryAfter, StepUpNeededError, toError, UnavailableError } from './errors.ts'
import type { Clock, Fetch } from './platform.ts'
import { parseTokens } from './tokens.ts'

/** What the user proves with: the password. */
export interface StepUpProof {
  password: string
}

const CODE = 'insufficient_user_authentication'

/**
 * Whether a response asks for a step-up (RFC 9470 3). Pages of another origin can read the header only if the API exposes it, but always
 * the problem document.
 */
export async function findStepUp (response: Response): Promise<StepUpNeededError | undefined> {
  if (response.status !== 401) return undefined
  const challenge = response.headers.get('www-authenticate')
  if (challenge !== null) return challenge.includes(`error="${CODE}"`) ? parseChallenge(challenge) : undefined
  const body: unknown = await response.clone().json().catch(() => undefined)
  return isObject(body) && body.code === CODE ? new StepUpNeededError({}) : undefined
}

function parseChallenge (challenge: string): StepUpNeededError {
  const acr = /\bacr_values="([^"]*)"/.exec(challenge)?.[1]
  const maxAge = /\bmax_age="?(\d{1,15})/.exec(challenge)?.[1]
  return new StepUpNeededError({ acr, maxAge: maxAge === undefined ? undefined : Number(maxAge) })
}

interface StepUpOptions {
  /** Of the service itself: the default audience. */
  own: AccessTokens
  /** Of the audience that the step-up is for. */
  accessTokens: AccessTokens
  audience: string | undefined
  bearerFetch: Fetch
  clock: Clock
}

/**
 * Exchanges a proof for an access token that says so; the session and its refresh token stay as they are: a lost response loses nothing.
 *
 * @throws ProblemError with code `wrong_password`, `too_many_attempts` and so on; UnavailableError
 */
export async function stepUp (proof: StepUpProof, { own, accessTokens, audience, bearerFetch, clock }: StepUpOptions): Promise<void> {
  const requestedAt = clock.now()
  const response = await bearerFetch('/auth/step-up', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...proof, ...(audience !== undefined && { audience }) })
  })
  const body: unknown = await response.json().catch(() => undefined)
  if (response.status !== 200) throw toError(response.status, body, parseRetryAfter(response))
  try {
    accessTokens.stepUp(parseTokens({ ...isObject(body) && body, session_id: own.tokens?.user.sessionId }, requestedAt))
  } catch (cause) {
    throw new UnavailableError({ cause })
  }
}

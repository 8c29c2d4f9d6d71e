import { isObject, StepUpNeededError } from './errors.ts'

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

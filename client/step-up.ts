import { isObject, StepUpNeededError } from './errors.ts'
import { parsePasskeyOptions, type PasskeyRequests } from './passkeys.ts'
import type { Post, ServiceResponse } from './post.ts'
import type { Fetch } from './platform.ts'

/**
 * What the user proves with: the password, with a second factor where the user has one; or a passkey, for which the browser asks. A passkey
 * that does not verify the user, as keys without PIN, is good with the password only.
 */
export type StepUpProof = { password: string, totp?: string, recoveryCode?: string } | { passkey: true, password?: string }

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
  post: Post
  passkeys: PasskeyRequests
  /** Adds the access token. */
  fetch: Fetch
}

/** @throws StepUpNeededError with the `methods` of a user who has to give a second factor, too */
export async function requestStepUp (
  { post, passkeys, fetch }: StepUpOptions, proof: StepUpProof, audience: string | undefined
): Promise<ServiceResponse> {
  const { password, totp, recoveryCode, passkey }: { [K in 'password' | 'totp' | 'recoveryCode']?: string } & { passkey?: true } = proof
  const credential = passkey && await passkeys.get(parsePasskeyOptions(await post('/auth/step-up/options', {}, { fetch })).options)
  const response = await post('/auth/step-up', { password, totp, recovery_code: recoveryCode, passkey: credential, audience }, { fetch })
  const { status, body } = response
  if (status === 403 && isObject(body) && body.code === 'second_factor_required' && Array.isArray(body.methods)) {
    throw new StepUpNeededError({ acr: 'aal2', methods: body.methods })
  }
  return response
}

import type { SecondFactorVerifier } from '../sessions/index.ts'

/** What verifies passkeys as a second factor, and for a step-up. */
export type PasskeyVerifier = Pick<SecondFactorVerifier, 'verifyPasskey' | 'toPasskeyOptions'>

export function createPasskeyVerifier (): PasskeyVerifier {
  return { verifyPasskey: async () => undefined, toPasskeyOptions: async () => ({}) }
}

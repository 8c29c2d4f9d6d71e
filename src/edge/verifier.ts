import { createTokenVerifier, type TokenVerifier, type TokenVerifierOptions } from './token-verifier.ts'

export interface VerifierOptions extends TokenVerifierOptions {
  /** No feed: whoever holds `denyList` tells it. */
  revocations?: false
}

/**
 * Makes what decides about the requests of guarded modules: one for a process, shared by all of them.
 *
 * @throws TypeError for an option that cannot be meant
 */
export function createVerifier (options: VerifierOptions): TokenVerifier {
  return createTokenVerifier(options)
}

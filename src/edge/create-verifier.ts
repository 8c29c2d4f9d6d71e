import { createRemoteVerifier, type RemoteVerifier, type RemoteVerifierOptions } from './remote/remote-verifier.ts'
import { createTokenVerifier, type TokenVerifier, type TokenVerifierOptions } from '../verify/index.ts'

/** For a verifier in the process of the issuer, or of whoever else has the keys. */
export interface VerifierOptions extends TokenVerifierOptions {
  /** No feed: whoever holds `denyList` tells it. */
  revocations?: false
}

/**
 * Makes what decides about the requests of guarded modules: one for a process, shared by all of them. Without `keys` it reads the
 * issuer's own, and its revocations, from the issuer's address, and goes on for as long as it can when the issuer is away.
 *
 * @throws TypeError for an option that cannot be meant
 */
export function createVerifier (options: VerifierOptions): TokenVerifier
export function createVerifier (options: RemoteVerifierOptions): RemoteVerifier
export function createVerifier (options: VerifierOptions | RemoteVerifierOptions): TokenVerifier | RemoteVerifier {
  return options.keys === undefined ? createRemoteVerifier(options) : createTokenVerifier(options)
}

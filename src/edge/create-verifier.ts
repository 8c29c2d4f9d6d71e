import { createTokenVerifier, type TokenVerifier, type TokenVerifierOptions } from '../verify/index.ts'
import { createRemoteVerifier, type RemoteVerifier, type RemoteVerifierOptions } from './remote/remote-verifier.ts'

/** For a verifier in a process that has the keys, such as the issuer's own. */
export interface VerifierOptions extends TokenVerifierOptions {
  /** No feed: the owner of `denyList` adds what is revoked. */
  revocations?: false
}

/**
 * Creates the verifier that all guarded modules of a process share. Without `keys` it fetches the keys and the revocations from the
 * issuer's address, and keeps working with the last good ones while the issuer is down.
 *
 * @throws TypeError for an invalid option
 */
export function createVerifier (options: VerifierOptions): TokenVerifier
export function createVerifier (options: RemoteVerifierOptions): RemoteVerifier
export function createVerifier (options: VerifierOptions | RemoteVerifierOptions): TokenVerifier | RemoteVerifier {
  return options.keys === undefined ? createRemoteVerifier(options) : createTokenVerifier(options)
}

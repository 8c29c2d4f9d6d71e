import type { Capability, RoleDefinitions } from '../contract/index.ts'
import { createRemoteVerifier, type RemoteVerifier, type RemoteVerifierOptions } from './remote/remote-verifier.ts'
import type { AnyUser, CurrentUser } from './current-user.ts'
import { createTokenVerifier, type TokenVerifier, type TokenVerifierOptions } from './token-verifier.ts'

/** For a verifier in a process that has the keys, such as the issuer's own. */
export interface VerifierOptions<D extends RoleDefinitions = RoleDefinitions> extends TokenVerifierOptions<D> {
  /** No feed: the owner of `denyList` adds what is revoked. */
  revocations?: false
}

/**
 * Creates the verifier that all guards of a process share. Without `keys` it fetches the keys and the revocations from the issuer's
 * address, and keeps working with the last good ones while the issuer is down.
 *
 * @throws TypeError for an invalid option
 */
export function createVerifier<D extends RoleDefinitions> (options: VerifierOptions<D>): TokenVerifier<Capability<D>, CurrentUser<D>>
export function createVerifier<D extends RoleDefinitions> (options: RemoteVerifierOptions<D>): RemoteVerifier<Capability<D>, CurrentUser<D>>
export function createVerifier (
  options: VerifierOptions | RemoteVerifierOptions
): TokenVerifier<string, AnyUser> | RemoteVerifier<string, AnyUser> {
  return options.keys === undefined ? createRemoteVerifier(options) : createTokenVerifier(options)
}

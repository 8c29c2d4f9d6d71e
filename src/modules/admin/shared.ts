import type { FastifyRequest } from 'fastify'
import { toOrigin, type Actor } from '../../audit/index.ts'
import type { Verifier } from '../../edge/index.ts'
import { CredentialStoreUnavailableError, DoubledCredentialsError, InsufficientScopeError, InvalidTokenError, MissingTokenError } from '../../errors.ts'
import type { Keyring } from '../../keys/index.ts'
import type { AdminService } from '../../administration/index.ts'

/** What every part of the module is given. */
export interface AdminModuleOptions {
  verifier: Verifier
  adminFor: (by: Actor) => AdminService
  keyring: Pick<Keyring, 'list' | 'rotate'>
}

/** A request that has passed the edge, with whatever parameters. */
export type AuthenticatedRequest = Pick<FastifyRequest, 'currentUser' | 'ip' | 'id' | 'headers'>

/** Who acts, and from where, as the audit will tell it. */
export function toActor (request: AuthenticatedRequest): Actor {
  return { actorId: request.currentUser.id, origin: toOrigin(request) }
}

/** What a guarded route can answer before it begins. */
export const guardErrors = [DoubledCredentialsError, MissingTokenError, InvalidTokenError, InsufficientScopeError, CredentialStoreUnavailableError]

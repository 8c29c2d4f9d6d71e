import type { FastifyReply, FastifyRequest } from 'fastify'
import { originOf } from '../../audit/index.ts'
import type { Verifier } from '../../edge/index.ts'
import { CredentialStoreUnavailableError, DoubledCredentialsError, InsufficientScopeError, InvalidTokenError, MissingTokenError } from '../../errors.ts'
import type { Keyring } from '../../keys/index.ts'
import type { Administration } from '../../administration/index.ts'
import type { Ending } from '../../sessions/index.ts'

/** What every part of the module is given. */
export interface AdminModuleOptions {
  verifier: Verifier
  administrationBy: (by: Ending) => Administration
  keyring: Pick<Keyring, 'list' | 'rotate'>
}

/** A request that has passed the edge, with whatever parameters. */
export type Guarded = Pick<FastifyRequest, 'currentUser' | 'ip' | 'id' | 'headers'>

/** Who acts, and from where, as the audit will tell it. */
export function actorOf (request: Guarded): Ending {
  return { actorId: request.currentUser.id, origin: originOf(request) }
}

/** What a guarded route can answer before it begins. */
export const guarded = [DoubledCredentialsError, MissingTokenError, InvalidTokenError, InsufficientScopeError, CredentialStoreUnavailableError]

export async function onAny (_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  reply.header('cache-control', 'no-store')
}

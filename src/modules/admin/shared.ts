import type { FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { IdSchema, type SecondFactorPolicy } from '../../accounts/index.ts'
import type { AdminService } from '../../administration/index.ts'
import { toOrigin, type Actor } from '../../audit/index.ts'
import type { Verifier } from '../../edge/index.ts'
import {
  CredentialStoreUnavailableError, DoubledCredentialsError, InsufficientScopeError, InsufficientUserAuthenticationError, InvalidTokenError,
  MissingTokenError
} from '../../errors.ts'
import type { Keyring } from '../../keys/index.ts'
import type { MailAdmin } from '../../mail/index.ts'

/** Options of every part of the module. */
export interface AdminModuleOptions {
  verifier: Verifier
  /** Opens the service for the admin who makes the request. */
  adminFor: (actor: Actor) => AdminService
  keyring: Pick<Keyring, 'list' | 'rotate'>
  mails: MailAdmin
  /** SECOND_FACTOR; default: `optional`. */
  secondFactor?: SecondFactorPolicy
  /** ADMIN_STEP_UP: whether changes need a recent proof. */
  stepUp: 'off' | 'factor' | 'always'
}

/** A request that the edge has authenticated, with any body and parameters. */
export type AuthenticatedRequest = Pick<FastifyRequest, 'currentUser' | 'ip' | 'id' | 'headers'>

export const IdParamsSchema = Type.Object({ id: IdSchema }, { additionalProperties: false })

export type IdParams = Static<typeof IdParamsSchema>

export const NoContentSchema = Type.Null({ description: 'Done.' })

/** The current user and the origin of the request, for the audit log. */
export function toActor (request: AuthenticatedRequest): Actor {
  return { actorId: request.currentUser.id, origin: toOrigin(request) }
}

/** Errors of a guarded route before its handler runs. */
export const guardErrors = [
  DoubledCredentialsError, MissingTokenError, InvalidTokenError, InsufficientScopeError, CredentialStoreUnavailableError
]

/** Errors of a route that changes something. */
export const changeErrors = [...guardErrors, InsufficientUserAuthenticationError]

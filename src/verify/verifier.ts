import type { FastifyJWTOptions } from '@fastify/jwt'
import type { FastifyRequest } from 'fastify'
import type { AnyRoles, CurrentUser } from './current-user.ts'
import type { RefusalReason } from './rejection.ts'

/** Who a request comes from, or why it is refused. */
export type Verdict = CurrentUser | RefusalReason

/** Asks whoever keeps the sessions whether a user who passed the edge is still one. A rejection lets nobody in. */
export type Confirm = (user: CurrentUser) => Promise<Verdict>

/** What decides about the requests of guarded modules. Tokens are one mechanism, sessions in a store another; a module cannot tell. */
export interface Verifier {
  readonly roles: AnyRoles
  /** Synchronous where nothing has to be looked up. A rejection lets nobody in. */
  authenticate (request: FastifyRequest): Verdict | Promise<Verdict>
  /** What routes with `freshness: 'central'` ask on top; without it they do not boot. */
  readonly confirm?: Confirm | undefined
  /** Where the mechanism is tokens: what @fastify/jwt is registered with. */
  readonly jwt?: FastifyJWTOptions
}

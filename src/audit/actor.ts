import type { Origin } from './origin.ts'

/** Who makes a change, and from where: for the audit event that is recorded with it. */
export interface Actor {
  /** Id of the user who makes it; null for the service itself and for the command line. */
  readonly actorId: string | null
  readonly origin: Origin
}

/** The service itself. */
export const SYSTEM_ACTOR: Actor = { actorId: null, origin: { ip: null, userAgent: null, requestId: null } }

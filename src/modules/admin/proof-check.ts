// ADMIN_STEP_UP: what changes by admins ask for.
import type { FastifyRequest, RouteOptions } from 'fastify'
import { needsSecondFactor } from '../../accounts/index.ts'
import { InsufficientUserAuthenticationError } from '../../errors.ts'
import { toActor, type AdminModuleOptions } from './shared.ts'

/** A recent proof. */
export const ADMIN_PROOF = { maxAge: 900 } as const

/** The clocks of the issuer and of this instance may differ by so much; as at the edge. */
const LEEWAY_SECONDS = 5
const CHALLENGE = `Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="${ADMIN_PROOF.maxAge}"`

/**
 * Makes the hook that adds what the setting asks for to the routes of changes: with `always`, the edge asks everybody for a recent proof.
 * In both cases an admin who needs a second factor to log in needs a recent proof of that level.
 */
export function createProofCheck (options: AdminModuleOptions): (route: RouteOptions) => void {
  const { stepUp, adminFor, verifier, secondFactor = 'optional' } = options
  return function addProofCheck (route) {
    if (stepUp === 'off' || !isChange(route)) return
    if (stepUp === 'always') route.config = { ...route.config, stepUp: ADMIN_PROOF }
    // Those of a route run after those of its module, and so after the edge.
    route.onRequest = [route.onRequest ?? []].flat().concat(assertFactor)
  }

  /** One query, and none for who has given a second factor a moment ago. */
  async function assertFactor (request: FastifyRequest): Promise<void> {
    const { id, level = 0, authenticatedAt = 0 } = request.currentUser
    const ageMs = (verifier.clock?.() ?? Date.now()) - authenticatedAt * 1000
    if (level >= 2 && ageMs <= (ADMIN_PROOF.maxAge + LEEWAY_SECONDS) * 1000) return
    const admin = await adminFor(toActor(request)).findUser(id)
    if (admin === undefined) return
    const hasSecondFactor = admin.secondFactorSince !== null
    if (!needsSecondFactor(secondFactor, { role: admin.role, hasSecondFactor })) return
    throw new InsufficientUserAuthenticationError({ headers: { 'www-authenticate': CHALLENGE } })
  }
}

function isChange ({ method }: RouteOptions): boolean {
  return [method].flat().some((name) => name !== 'GET' && name !== 'HEAD')
}

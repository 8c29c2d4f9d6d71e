// A Worker, or any runtime that has the Fetch API and no node:http. Run it with `ISSUER` and `FEED_TOKEN`.
import { createVerifier, defineRoles, Rejection } from 'gatepass/verify/web'

const roles = defineRoles({ admin: ['reports:read'], advertiser: ['campaigns:read', 'campaigns:write'], user: [] })

/** @type {import('gatepass/verify/web').WebGuard<any> | undefined} */
let guardReports

export default {
  /**
   * @param {Request} request
   * @param {{ ISSUER: string, FEED_TOKEN: string }} env
   */
  async fetch (request, env) {
    // The verifier is kept, with the keys and the revocations that it knows: not one for each request.
    guardReports ??= createVerifier({
      issuer: env.ISSUER, audience: 'api', roles, revocations: { token: env.FEED_TOKEN }
    }).guard({ allow: 'reports:read' })
    try {
      const user = await guardReports(request)
      return Response.json({ reader: user.id, isAdmin: user.isAdmin() })
    } catch (error) {
      if (error instanceof Rejection) return error.toResponse()
      throw error
    }
  }
}

import { edge } from 'gatepass/edge'
import { campaignsOf, everyCampaign } from './campaigns.js'

/**
 * Advertisers get a report of their own campaigns, admins of all.
 *
 * @param {import('fastify').FastifyInstance} module
 * @param {{ verifier: import('gatepass/edge').Verifier }} options
 */
export async function reports (module, { verifier }) {
  await module.register(edge, { verifier, allow: 'reports:read' })
  module.get('/reports', ({ currentUser }) => ({
    live: currentUser.is('admin') ? everyCampaign.count() : campaignsOf(currentUser).list().filter(({ live }) => live).length
  }))
}

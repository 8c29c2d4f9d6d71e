import { edge } from 'gatepass/edge'
import { everyCampaign } from './campaigns.js'

/**
 * Admins stop campaigns, and nobody else does.
 *
 * @param {import('fastify').FastifyInstance} module
 * @param {{ verifier: import('gatepass/edge').Verifier }} options
 */
export async function moderation (module, { verifier }) {
  await module.register(edge, { verifier, allow: 'campaigns:moderate' })
  module.delete('/campaigns/:id', async (request, reply) => {
    const { id } = /** @type {{ id: string }} */ (request.params)
    if (everyCampaign.stop(Number(id)) === undefined) return reply.code(404).send()
    reply.code(204)
  })
}

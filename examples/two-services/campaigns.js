import { edge } from 'gatepass/edge'

/** @typedef {import('gatepass/edge').Verifier} Verifier */
/** @typedef {{ id: number, owner: string, name: string, live: boolean }} Campaign */

/** @type {Campaign[]} */
const all = []

/**
 * The campaigns of one advertiser: who holds this cannot reach another's.
 *
 * @param {{ id: string }} user
 */
export function campaignsOf ({ id: owner }) {
  return {
    list: () => all.filter((campaign) => campaign.owner === owner),
    /** @param {string} name */
    create (name) {
      const campaign = { id: all.length + 1, owner, name, live: true }
      all.push(campaign)
      return campaign
    }
  }
}

/** What reports and moderation work on. */
export const everyCampaign = {
  count: () => all.filter(({ live }) => live).length,
  /** @param {number} id */
  stop (id) {
    const campaign = all.find((candidate) => candidate.id === id)
    if (campaign !== undefined) campaign.live = false
    return campaign
  }
}

const bodySchema = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', minLength: 1, maxLength: 80 } },
  additionalProperties: false
}

/**
 * Advertisers see and make campaigns of their own.
 *
 * @param {import('fastify').FastifyInstance} module
 * @param {{ verifier: Verifier }} options
 */
export async function campaigns (module, { verifier }) {
  await module.register(edge, { verifier, allow: 'campaigns:read' })
  module.get('/campaigns', ({ currentUser }) => campaignsOf(currentUser).list())
  module.post('/campaigns', { schema: { body: bodySchema }, config: { allow: 'campaigns:write' } }, onCreate)

  /**
   * @param {import('fastify').FastifyRequest<{ Body: { name: string } }>} request
   * @param {import('fastify').FastifyReply} reply
   */
  async function onCreate ({ currentUser, body }, reply) {
    reply.code(201)
    return campaignsOf(currentUser).create(body.name)
  }
}

// An edge in a process of its own, with the address of the issuer and its feed token.
import Fastify from 'fastify'
import { createVerifier, defineRoles, edge } from '../../dist/edge/index.js'

const { ISSUER = '', FEED_TOKEN = '', PORT } = process.env
const roles = defineRoles({ admin: ['campaigns:read'], advertiser: ['campaigns:read'], user: ['campaigns:read'] })
const verifier = createVerifier({ issuer: ISSUER, audience: 'api', roles, revocations: { token: FEED_TOKEN } })

const app = Fastify()
await app.register(async function campaigns (module) {
  await module.register(edge, { verifier, allow: 'campaigns:read' })
  module.get('/campaigns', () => ({ campaigns: [] }))
})
app.get('/health/ready', (_request, reply) => reply.code(verifier.health().ready ? 200 : 503).send())
await app.listen({ port: Number(PORT) })

// An ads API with no database of its own for users or sessions: it verifies the issuer's tokens alone, and refuses revoked ones.
import Fastify from 'fastify'
import { createVerifier, defineRoles } from 'gatepass/edge'
import { campaigns } from './campaigns.js'
import { moderation } from './moderation.js'
import { reports } from './reports.js'

const { ISSUER = 'http://localhost:3000', AUDIENCE = 'api', FEED_TOKEN, SNAPSHOT_FILE, PORT = '3001' } = process.env

// The token only names the role; what a role may do is this service's own business.
const roles = defineRoles({
  admin: ['reports:read', 'campaigns:moderate'],
  advertiser: ['campaigns:read', 'campaigns:write', 'reports:read'],
  user: []
})

const app = Fastify({ logger: { level: 'warn' } })
const verifier = createVerifier({
  issuer: ISSUER,
  audience: AUDIENCE,
  roles,
  revocations: FEED_TOKEN === undefined ? false : { token: FEED_TOKEN },
  ...(SNAPSHOT_FILE !== undefined && { snapshotFile: SNAPSHOT_FILE }),
  log: app.log
})

app.register(campaigns, { verifier })
app.register(reports, { verifier })
app.register(moderation, { verifier })
app.get('/health', (_request, reply) => {
  const health = verifier.health()
  return reply.code(health.ready ? 200 : 503).send(health)
})
app.addHook('onClose', () => verifier.close())

await app.listen({ port: Number(PORT) })
await verifier.ready()
console.log(`the ads API is at ${app.listeningOrigin}`)

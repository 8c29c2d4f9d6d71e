// The route in a module behind gatepass/edge. The first parameter is JSON:
// { cacheSize } of the verifier, { denied } sessions on its deny list, { revokedPerSecond } while it serves.
import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import { createDenyList, createLocalKeySource, createVerifier, defineRoles, edge } from '../../dist/edge/index.js'
import { answer } from '../harness/probe.js'
import { readIssuer } from '../harness/tokens.js'

const { cacheSize, denied = 0, revokedPerSecond = 0 } = JSON.parse(process.argv[2] ?? '{}')
const { issuer, audience, jwk } = readIssuer()
const roles = defineRoles({ advertiser: ['campaigns:read', 'campaigns:write'], user: ['campaigns:read'] })
const denyList = createDenyList()
const verifier = createVerifier({
  issuer, audience, roles, denyList, keys: createLocalKeySource([jwk]), ...(cacheSize !== undefined && { cacheSize })
})

for (let entry = 0; entry < denied; entry++) revoke()
if (revokedPerSecond > 0) setInterval(() => { for (let entry = 0; entry < revokedPerSecond / 100; entry++) revoke() }, 10)

const app = Fastify()
await app.register(async function campaigns (module) {
  await module.register(edge, { verifier, allow: 'campaigns:read' })
  module.get('/campaigns', () => ({ campaigns: [] }))
})
answer('counters', () => verifier.counters)
answer('denied', () => denyList.size)
await app.listen({ port: Number(process.env.PORT) })

function revoke () {
  denyList.revokeSession({ sid: randomUUID(), exp: Math.floor(Date.now() / 1000) + 3600 })
}

// The least there is: one guarded route, in a process that knows of the issuer only where it is.
import Fastify from 'fastify'
import { createVerifier, defineRoles, edge } from 'gatepass/edge'

const roles = defineRoles({ admin: ['greetings:read'], advertiser: ['greetings:read'], user: ['greetings:read'] })
const verifier = createVerifier({ issuer: process.env.ISSUER ?? 'http://localhost:3000', audience: process.env.AUDIENCE ?? 'api', roles })

const app = Fastify()
await app.register(async function greetings (module) {
  await module.register(edge, { verifier, allow: 'greetings:read' })
  module.get('/hello', ({ currentUser }) => ({ hello: currentUser.id, as: currentUser.role }))
})
app.addHook('onClose', () => verifier.close())

await app.listen({ port: Number(process.env.PORT ?? 3001) })
console.log(`listening on ${app.listeningOrigin}`)

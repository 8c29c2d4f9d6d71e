// The route behind jose in a hook, with a remote key set, after its documentation.
import Fastify from 'fastify'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { readIssuer } from '../harness/tokens.js'

const { issuer, audience, jwk } = readIssuer()
const keySet = createRemoteJWKSet(new URL(`http://127.0.0.1:${process.env.PORT}/jwks.json`))

const app = Fastify()
// Fetched once, so it does not matter that this process serves it itself.
app.get('/jwks.json', () => ({ keys: [jwk] }))
app.register(async function campaigns (module) {
  module.decorateRequest('user')
  module.addHook('onRequest', async (request, reply) => {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? ''
    try {
      const { payload } = await jwtVerify(token, keySet, { issuer, audience, typ: 'at+jwt' })
      request.user = payload
    } catch {
      return reply.code(401).send()
    }
  })
  module.get('/campaigns', () => ({ campaigns: [] }))
})
await app.listen({ port: Number(process.env.PORT) })

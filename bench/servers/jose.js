// The route behind jose in a hook, with a remote key set, as its documentation has it.
import Fastify from 'fastify'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { givenIssuer } from '../harness/tokens.js'

const { issuer, audience, jwk } = givenIssuer()
const keySet = createRemoteJWKSet(new URL(`http://127.0.0.1:${process.env.PORT}/jwks.json`))

const app = Fastify()
// Asked once; that it is asked of this very process changes nothing.
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

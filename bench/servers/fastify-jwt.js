// The route behind @fastify/jwt, as its README has it. The first parameter is the size of its cache, or nothing for none.
import { createPublicKey } from 'node:crypto'
import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import { givenIssuer } from '../harness/tokens.js'

const [, , cache] = process.argv
const { issuer, audience, jwk } = givenIssuer()
const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()

const app = Fastify()
await app.register(jwt, {
  secret: { public: pem },
  verify: { algorithms: [jwk.alg], allowedIss: issuer, allowedAud: audience, ...(cache !== undefined && { cache: Number(cache) }) }
})
app.addHook('onRequest', async (request, reply) => {
  try {
    await request.jwtVerify()
  } catch (error) {
    reply.send(error)
  }
})
app.get('/campaigns', () => ({ campaigns: [] }))
await app.listen({ port: Number(process.env.PORT) })

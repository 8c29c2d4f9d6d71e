// The route behind @fastify/jwt, after its README. The first parameter is the size of its cache; without it, there is none.
import { createPublicKey } from 'node:crypto'
import jwt from '@fastify/jwt'
import Fastify from 'fastify'
import { readIssuer } from '../harness/tokens.js'

const [, , cache] = process.argv
const { issuer, audience, jwk } = readIssuer()
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

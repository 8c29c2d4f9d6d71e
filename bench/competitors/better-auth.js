// better-auth on Fastify, after integrations/fastify in its documentation: its own routes, and a route behind its session check.
// The first parameter is `cookie-cache`, or nothing.
import Fastify from 'fastify'
import { createOptions } from './better-auth-options.js'
import { load } from './installed.js'

const [, , cache] = process.argv
const { betterAuth } = await load('better-auth')
const { fromNodeHeaders } = await load('better-auth/node')
const auth = betterAuth(createOptions({ url: process.env.DATABASE_URL ?? '', cookieCache: cache === 'cookie-cache' }))

const app = Fastify()
app.route({
  method: ['GET', 'POST'],
  url: '/api/auth/*',
  async handler (request, reply) {
    const response = await auth.handler(new Request(new URL(request.url, `http://${request.headers.host}`), {
      method: request.method,
      headers: fromNodeHeaders(request.headers),
      ...(request.body ? { body: JSON.stringify(request.body) } : {})
    }))
    reply.status(response.status)
    response.headers.forEach((/** @type {string} */ value, /** @type {string} */ key) => reply.header(key, value))
    return reply.send(response.body ? await response.text() : null)
  }
})
app.get('/campaigns', async (request, reply) => {
  const session = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) })
  if (!session) return reply.status(401).send({ error: 'Unauthorized' })
  return { campaigns: [] }
})
await app.listen({ port: Number(process.env.PORT) })

// The route with no check: the limit.
import Fastify from 'fastify'

const app = Fastify()
app.get('/campaigns', () => ({ campaigns: [] }))
await app.listen({ port: Number(process.env.PORT) })

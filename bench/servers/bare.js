// The route without a guard: the reference.
import Fastify from 'fastify'

const app = Fastify()
app.get('/campaigns', () => ({ campaigns: [] }))
await app.listen({ port: Number(process.env.PORT) })

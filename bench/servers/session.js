// The route behind a session lookup in Postgres on each request: one prepared statement, a pool of ten.
import Fastify from 'fastify'
import pg from 'pg'

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL ?? '', max: 10 })
const SESSION = `select users.id, users.role from sessions join users on users.id = sessions.user_id
  where sessions.id = $1 and sessions.ended_at is null and sessions.expires_at > now() and users.disabled_at is null`

const app = Fastify()
app.decorateRequest('user')
app.addHook('onRequest', async (request, reply) => {
  const id = request.headers.authorization?.slice('Bearer '.length)
  const { rows: [user] } = await pool.query({ name: 'session', text: SESSION, values: [id] })
  if (user === undefined) return reply.code(401).send()
  request.user = user
})
app.get('/campaigns', () => ({ campaigns: [] }))
await app.listen({ port: Number(process.env.PORT) })

// The least that a login can be: a route that verifies a password, one hash at a time, and nothing else.
import { argon2id, hash, verify } from 'argon2'
import Fastify from 'fastify'
import { ARGON2, PASSWORD } from '../harness/service.js'

const stored = await hash(PASSWORD, { type: argon2id, ...ARGON2 })
/** @type {Promise<unknown>} */
let last = Promise.resolve()

const app = Fastify()
app.post('/auth/login', async (request) => {
  const { password } = /** @type {{ password: string }} */ (request.body)
  const verified = last.then(() => verify(stored, password))
  last = verified
  return { verified: await verified }
})
await app.listen({ port: Number(process.env.PORT) })

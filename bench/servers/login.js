// The minimal login: a route that runs the service's two statements with the same password hash between them, one hash at a time; no
// schema, token, cookie, log or header.
import { verify } from 'argon2'
import Fastify from 'fastify'
import pg from 'pg'
import { ROOT } from '../harness/machine.js'

/** @type {typeof import('../../src/sessions/login.ts')} */
const { createLogin } = await import(`${ROOT}dist/sessions/login.js`)
/** @type {typeof import('../../src/sessions/begin-session.ts')} */
const { createBeginSession } = await import(`${ROOT}dist/sessions/begin-session.js`)
/** @type {typeof import('../../src/throttle/throttle.ts')} */
const { createThrottle } = await import(`${ROOT}dist/throttle/throttle.js`)
/** @type {typeof import('../../src/sessions/rotation-policy.ts')} */
const { toRotationTimings } = await import(`${ROOT}dist/sessions/rotation-policy.js`)
/** @type {typeof import('../../src/database/sql.ts')} */
const { findStatementName } = await import(`${ROOT}dist/database/sql.js`)
/** @type {typeof import('../../src/config/config.ts')} */
const { loadConfig } = await import(`${ROOT}dist/config/config.js`)

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL })
const database = {
  kysely: {
    executeQuery: (/** @type {{ sql: string, parameters: unknown[] }} */ { sql, parameters }) => pool.query({
      name: findStatementName(sql), text: sql, values: parameters
    })
  }
}
/** @type {Promise<unknown>} */
let last = Promise.resolve()
const hasher = {
  assertCapacity () {},
  needsRehash: () => false,
  verify (/** @type {string} */ hash, /** @type {string} */ password) {
    const verified = last.then(() => verify(hash, password))
    last = verified
    return verified
  }
}
const config = loadConfig({ LOGIN_RATE_PER_MINUTE: '10000' })
const parts = /** @type {any} */ ({
  database,
  keyring: { async awaitRevocations () {} },
  hasher,
  limiter: { run: (/** @type {string} */ _email, /** @type {() => unknown} */ login) => login() }
})
const options = { ...config, ...parts, secretKeys: [Buffer.alloc(32, 7)] }
const lifetimes = { ...config, rotation: toRotationTimings(config.refreshGraceSeconds) }
const beginSession = createBeginSession({ ...config, lifetimes, limits: createThrottle(options).loginLimits, tellsUsers: false })
const logIn = createLogin({ ...options, beginSession })

const app = Fastify()
app.post('/auth/login', async (request) => {
  const { email, password } = /** @type {{ email: string, password: string }} */ (request.body)
  const ip = String(request.headers['x-forwarded-for'])
  return logIn({ email, password, replacedSessionId: undefined, origin: { ip, userAgent: 'bench', requestId: request.id } })
})
await app.listen({ port: Number(process.env.PORT) })

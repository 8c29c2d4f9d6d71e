// A service for the programs, with a user for each, who is no admin.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../scripts/free-port.js'
import { postJson, QUICK_SETTINGS, startService } from '../scripts/service-process.js'

/** One of each kind: generators differ in what they make of a value that may be of several. */
export const CLAIMS = { plan: 'pro', seats: 5, beta: true }

export async function openService () {
  const directory = await mkdtemp(join(tmpdir(), 'gatepass-generators-'))
  const port = await freePort()
  const address = `http://localhost:${port}`
  const admin = { email: 'admin@example.com', password: makeSecret() }
  const feedToken = makeSecret()
  const service = await startService({
    ...QUICK_SETTINGS,
    PORT: String(port),
    DATA_DIR: join(directory, 'data'),
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
    FEED_TOKEN: feedToken
  }, directory)

  return {
    /**
     * @param {string} name of a new user
     * @returns the environment of a program that logs in as this user
     */
    async enrol (name) {
      const user = { email: `${name}@example.com`, password: makeSecret() }
      const { access_token: token } = await postJson(`${address}/auth/login`, admin)
      await postJson(`${address}/admin/users`, { ...user, role: 'user', claims: CLAIMS }, { authorization: `Bearer ${token}` })
      return {
        GATEPASS_URL: address, GATEPASS_EMAIL: user.email, GATEPASS_PASSWORD: user.password, GATEPASS_FEED_TOKEN: feedToken
      }
    },
    async close () {
      await service.stop()
      await rm(directory, { recursive: true })
    }
  }
}

/** @returns {string} a password, or a token of the feed */
function makeSecret () {
  return randomBytes(32).toString('base64url')
}

// A fresh instance of the service, with accounts for whoever calls it.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../scripts/free-port.js'
import { QUICK_SETTINGS, startService } from '../scripts/service-process.js'

export const ADMIN_EMAIL = 'admin@example.com'
export const USER_EMAIL = 'user@example.com'

/** @typedef {Awaited<ReturnType<typeof startInstance>>} Instance */

/** @param {{ password?: string }} [options] the password of its accounts */
export async function startInstance ({ password = randomBytes(18).toString('base64url') } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'gatepass-conformance-'))
  const port = await freePort()
  const address = `http://localhost:${port}`
  const feedToken = randomBytes(32).toString('base64url')
  const service = await startService({
    ...QUICK_SETTINGS,
    PORT: String(port),
    DATA_DIR: directory,
    ADMIN_EMAIL,
    ADMIN_PASSWORD: password,
    FEED_TOKEN: feedToken,
    REGISTRATION: 'open',
    SESSIONS_PER_USER: '10000'
  }, directory)
  return {
    address,
    password,
    feedToken,
    /**
     * @param {string[]} emails
     * @param {string} role of all of them
     */
    async createUsers (emails, role) {
      const { access_token: token } = await post('/auth/login', { email: ADMIN_EMAIL, password })
      for (const email of emails) await post('/admin/users', { email, password, role }, { authorization: `Bearer ${token}` })
    },
    async stop () {
      await service.stop()
      await rm(directory, { recursive: true })
    }
  }

  /**
   * @param {string} path
   * @param {object} body
   * @param {Record<string, string>} [headers]
   */
  async function post (path, body, headers = {}) {
    const response = await fetch(`${address}${path}`, {
      method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body)
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }
}

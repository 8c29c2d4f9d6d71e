// A fresh instance of the service, with accounts for whoever calls it.
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'yaml'
import { freePort } from '../scripts/free-port.js'
import { ROOT } from '../scripts/run.js'
import { QUICK_SETTINGS, startService } from '../scripts/service-process.js'

/** The document as it is committed. */
export const COMMITTED = join(ROOT, 'openapi.yaml')

export const ADMIN_EMAIL = 'admin@example.com'

/** @typedef {Awaited<ReturnType<typeof startInstance>>} Instance */

export async function startInstance () {
  const password = await readExamplePassword()
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

/** The accounts have the password of the document's examples, so that these are accepted as they are. */
async function readExamplePassword () {
  const { paths } = parse(await readFile(COMMITTED, 'utf8'))
  return paths['/auth/login'].post.requestBody.content['application/json'].example.password
}

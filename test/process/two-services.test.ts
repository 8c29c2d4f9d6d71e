// The examples, run as they are.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { ask, logIn } from '../support/client.ts'
import { startExample } from '../support/example.ts'
import { startService } from '../support/process.ts'
import { until } from '../support/until.ts'
import { PASSWORD } from '../support/password.ts'

t.test('an ads API verifies tokens by itself, rejects revoked ones, and works without the issuer', async (t) => {
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  const issuer = await startService(t, { DATA_DIR: t.testdir(), FEED_TOKEN, ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: PASSWORD })
  const settings = { ISSUER: issuer.address, FEED_TOKEN, SNAPSHOT_FILE: `${t.testdirName}/edge.json` }
  const ads = await startExample(t, 'two-services/ads.js', settings)
  const root = await logIn(issuer.address, 'root@example.com', PASSWORD)
  const enrol = (email: string, role: string) => ask(`${issuer.address}/admin/users`, {
    method: 'POST', token: root.accessToken, body: { email, password: PASSWORD, role }
  })
  const { body: { id } } = await enrol('ada@example.com', 'advertiser')
  await enrol('bob@example.com', 'user')
  const [ada, bob] = [await logIn(issuer.address, 'ada@example.com', PASSWORD), await logIn(issuer.address, 'bob@example.com', PASSWORD)]

  const table: Array<[name: string, token: string | undefined, method: string, url: string, status: number]> = [
    ['nobody', undefined, 'GET', '/campaigns', 401],
    ['a user', bob.accessToken, 'GET', '/campaigns', 403],
    ['a user', bob.accessToken, 'GET', '/reports', 403],
    ['an advertiser', ada.accessToken, 'POST', '/campaigns', 201],
    ['an advertiser', ada.accessToken, 'GET', '/campaigns', 200],
    ['an advertiser', ada.accessToken, 'GET', '/reports', 200],
    ['an advertiser', ada.accessToken, 'DELETE', '/campaigns/1', 403],
    ['an admin', root.accessToken, 'GET', '/campaigns', 403],
    ['an admin', root.accessToken, 'GET', '/reports', 200],
    ['an admin', root.accessToken, 'DELETE', '/campaigns/1', 204],
    ['an admin', root.accessToken, 'DELETE', '/campaigns/7', 404]
  ]
  for (const [name, token, method, url, status] of table) {
    const { status: answered } = await ask(`${ads.address}${url}`, {
      method, ...(token !== undefined && { token }), ...(method === 'POST' && { body: { name: 'spring' } })
    })
    t.equal(answered, status, `${name}: ${method} ${url}`)
  }

  t.match(await ask(`${issuer.address}/account/sessions`, { method: 'DELETE', token: ada.accessToken }), { status: 204 })
  await until(async () => (await ask(`${ads.address}/campaigns`, { token: ada.accessToken })).status === 401, 5000)
  await until(async () => (await readFile(settings.SNAPSHOT_FILE, 'utf8').catch(() => '')).includes(String(id)))
  await issuer.stop('SIGKILL')
  t.match(await ask(`${ads.address}/reports`, { token: root.accessToken }), { status: 200 })
  t.match(await ask(`${ads.address}/campaigns`, { token: ada.accessToken }), { status: 401, body: { code: 'invalid_token' } })
  await ads.kill()
  const again = await startExample(t, 'two-services/ads.js', settings)
  t.match(await ask(`${again.address}/reports`, { token: root.accessToken }), { status: 200 }, 'from its snapshot, without the issuer')
  t.match(await ask(`${again.address}/campaigns`, { token: ada.accessToken }), { status: 401 }, 'revocations are in the snapshot too')
})

t.test('the smallest example responds to a valid token', async (t) => {
  const issuer = await startService(t, { DATA_DIR: t.testdir(), ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: PASSWORD })
  const { address } = await startExample(t, 'minimal/server.js', { ISSUER: issuer.address })
  const { accessToken } = await logIn(issuer.address, 'root@example.com', PASSWORD)
  t.match(await ask(`${address}/hello`, { token: accessToken }), { status: 200, body: { as: 'admin' } })
  t.match(await ask(`${address}/hello`), { status: 401 })
})

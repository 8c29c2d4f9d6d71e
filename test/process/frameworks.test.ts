// The examples of frameworks, run as they are, with the packages of those frameworks.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { ask, logIn } from '../support/client.ts'
import { startExample } from '../support/example.ts'
import { PASSWORD } from '../support/password.ts'
import { startService } from '../support/process.ts'
import { bearer } from '../support/tokens.ts'
import { until } from '../support/until.ts'
import { startWorkers } from '../support/web-runtimes.ts'

const FRAMEWORKS = ['express', 'hono', 'node-http']

t.test('a service of any framework verifies tokens by itself, and refuses revoked ones', async (t) => {
  t.setTimeout(240_000)
  const [port, FEED_TOKEN] = [String(await freePort()), randomBytes(32).toString('base64url')]
  const settings = { ISSUER: `http://localhost:${port}`, FEED_TOKEN }
  const examples = FRAMEWORKS.map(async (name) => ({ name, ...await startExample(t, `frameworks/${name}.js`, settings) }))
  const services = [...await Promise.all(examples), ...await startWorkers(t, settings)].map(({ name, address }) => ({
    name, fetchReports: (token?: string) => ask(`${address}/reports`, token === undefined ? {} : { token })
  }))

  for (const { name, fetchReports } of services) {
    const { status, headers, body } = await fetchReports(bearer().slice('Bearer '.length))
    t.strictSame([status, headers.get('retry-after'), body.code], [503, '2', 'not_ready'], `${name}, while the issuer is not there`)
  }
  const issuer = await startService(t, {
    DATA_DIR: t.testdir(), FEED_TOKEN, PORT: port, ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: PASSWORD
  })
  const root = await logIn(issuer.address, 'root@example.com', PASSWORD)
  const body = { email: 'ada@example.com', password: PASSWORD, role: 'advertiser' }
  const { body: { id } } = await ask(`${issuer.address}/admin/users`, { method: 'POST', token: root.accessToken, body })
  const ada = await logIn(issuer.address, 'ada@example.com', PASSWORD)

  for (const { name, fetchReports } of services) {
    await until(async () => (await fetchReports(root.accessToken)).status === 200, 60_000)
    t.match(await fetchReports(root.accessToken), { body: { reader: root.claims.sub, isAdmin: true } }, name)
    for (const [token, status, challenge, code] of [
      [undefined, 401, 'Bearer', 'missing_token'],
      ['x.y.z', 401, 'Bearer error="invalid_token", error_description="The access token is not valid."', 'invalid_token'],
      [ada.accessToken, 403, 'Bearer error="insufficient_scope"', 'insufficient_scope']
    ] as const) {
      const reply = await fetchReports(token)
      t.strictSame([reply.status, reply.headers.get('www-authenticate'), reply.body.code], [status, challenge, code], `${name}, ${code}`)
      t.strictSame([reply.headers.get('content-type')?.split(';')[0], reply.headers.get('cache-control'), reply.body.status], [
        'application/problem+json', 'no-store', status
      ])
    }
  }

  t.match(await ask(`${issuer.address}/admin/users/${String(id)}`, { method: 'PATCH', token: root.accessToken, body: { role: 'admin' } }), {
    status: 200
  })
  const promoted = await logIn(issuer.address, 'ada@example.com', PASSWORD)
  for (const { name, fetchReports } of services) t.equal((await fetchReports(promoted.accessToken)).status, 200, name)
  await ask(`${issuer.address}/account/sessions`, { method: 'DELETE', token: promoted.accessToken })
  await until(async () => {
    const replies = await Promise.all(services.map(({ fetchReports }) => fetchReports(promoted.accessToken)))
    return replies.every((reply) => reply.status === 401 && reply.body.code === 'invalid_token')
  })
  t.equal((await services[0]?.fetchReports(root.accessToken))?.status, 200, 'nobody else is logged out')
})

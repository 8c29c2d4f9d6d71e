// examples/nest, as docs/frameworks/nestjs.md shows it.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { freePort } from '../../scripts/free-port.js'
import { ask, logIn } from '../support/client.ts'
import { compile, findObstacle, prepareExample } from '../support/npm-example.ts'
import { PASSWORD } from '../support/password.ts'
import { startService } from '../support/process.ts'
import { startProgram } from '../support/program.ts'
import { until } from '../support/until.ts'

t.setTimeout(240_000)

t.test('a service of NestJS', { skip: findObstacle('nest') }, async (t) => {
  const directory = await prepareExample(t, 'nest', 'gatepass-verify')
  const FEED_TOKEN = randomBytes(32).toString('base64url')
  addForgottenRoute(directory)
  t.equal(await compile(directory), '', 'it is compiled without an error')
  const issuer = await startService(t, { DATA_DIR: t.testdir(), FEED_TOKEN, ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: PASSWORD })
  const port = String(await freePort())
  const settings = { PORT: port, ISSUER: issuer.address, FEED_TOKEN }
  await startProgram(t, { cwd: directory, parameters: ['dist/main.js'], settings, said: /listening on/ })
  const service = `http://localhost:${port}/reports`

  const root = await logIn(issuer.address, 'root@example.com', PASSWORD)
  const body = { email: 'ada@example.com', password: PASSWORD, role: 'advertiser' }
  await ask(`${issuer.address}/admin/users`, { method: 'POST', token: root.accessToken, body })
  const ada = await logIn(issuer.address, 'ada@example.com', PASSWORD)
  await until(async () => (await ask(service, { token: root.accessToken })).status === 200, 60_000)

  await t.test('lets in who may do it, and knows the user', async (t) => {
    t.strictSame((await ask(service, { token: root.accessToken })).body, { reader: root.claims.sub, isAdmin: true })
    const { body } = await ask(`${service}/campaigns`, { token: ada.accessToken })
    t.strictSame(body, { reader: ada.claims.sub }, 'the route counts, not its controller')
    t.match(await ask(`${service}/sensitive`, { method: 'POST', token: root.accessToken }), { status: 201, body: { changed: true } })
    t.match(await ask(`${service}/health`), { status: 200, body: { status: 'ok' } })
  })

  await t.test('refuses everybody else with a problem document', async (t) => {
    for (const [token, status, challenge, code] of [
      [undefined, 401, 'Bearer', 'missing_token'],
      ['x.y.z', 401, 'Bearer error="invalid_token", error_description="The access token is not valid."', 'invalid_token'],
      [ada.accessToken, 403, 'Bearer error="insufficient_scope"', 'insufficient_scope']
    ] as const) {
      const reply = await ask(service, token === undefined ? {} : { token })
      t.strictSame([reply.status, reply.headers.get('www-authenticate'), reply.body.code], [status, challenge, code], code)
      t.match(reply.headers.get('content-type'), /^application\/problem\+json/)
      t.equal(reply.headers.get('cache-control'), 'no-store')
    }
  })

  await t.test('a route without a decorator lets in nobody', async (t) => {
    const { status, body } = await ask(`${service}/forgotten`, { token: root.accessToken })
    t.strictSame([status, body.reader], [500, undefined])
  })

  await t.test('an ended session is refused at once', async (t) => {
    await ask(`${issuer.address}/account/sessions`, { method: 'DELETE', token: ada.accessToken })
    await until(async () => (await ask(`${service}/campaigns`, { token: ada.accessToken })).status === 401)
    t.equal((await ask(service, { token: root.accessToken })).status, 200, 'nobody else is logged out')
  })
})

/** Adds a controller to which nobody gave a decorator. */
function addForgottenRoute (directory: string): void {
  const controller = join(directory, 'src/reports.controller.ts')
  const forgotten = `
    @Controller('reports/forgotten')
    export class ForgottenController {
      @Get()
      list () { return { reader: 'anybody' } }
    }
  `
  writeFileSync(controller, readFileSync(controller, 'utf8') + forgotten)
  const main = join(directory, 'src/main.ts')
  writeFileSync(main, readFileSync(main, 'utf8')
    .replace('{ ReportsController }', '{ ForgottenController, ReportsController }')
    .replace('[ReportsController]', '[ForgottenController, ReportsController]'))
}

// nginx, HAProxy and Caddy with the configurations of examples/gateways, in front of a service that has no code of ours.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { startProxy } from '../../ops/proxies.js'
import { freePort } from '../../scripts/free-port.js'
import { ask, logIn } from '../support/client.ts'
import { PASSWORD } from '../support/password.ts'
import { startService } from '../support/process.ts'

const GATEWAYS = [
  { name: 'nginx', files: ['nginx.conf'], sendsRefusals: false },
  { name: 'haproxy', files: ['haproxy.cfg', 'check.lua'], sendsRefusals: true },
  { name: 'caddy', files: ['Caddyfile'], sendsRefusals: true }
] as const

const FORGED = { 'x-auth-user': 'root', 'x-auth-role': 'admin', 'x-auth-session': 'x', 'x-auth-claims': '{"org_id":"evil"}' }

interface Received {
  headers: IncomingHttpHeaders
  method: string | undefined
  body: string
}

/** @returns a service that answers with what it has received */
async function startPlainService (t: Test): Promise<number> {
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const received: Received = { headers: request.headers, method: request.method, body }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(received))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  return (server.address() as AddressInfo).port
}

async function startGateway (t: Test, { name, files }: typeof GATEWAYS[number], ports: Record<string, number>): Promise<string> {
  const paths = files.map((file) => `examples/gateways/${file}`)
  const { address, stop } = await startProxy({ program: name, files: paths, port: await freePort(), ports })
  t.teardown(stop)
  return address
}

t.test('a gateway lets pass whom gatepass lets pass', async (t) => {
  const parent = t
  const gatepass = await startService(t, { DATA_DIR: t.testdir(), ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: PASSWORD })
  const root = await logIn(gatepass.address, 'root@example.com', PASSWORD)
  const create = (email: string, role: string, claims = {}) => ask(`${gatepass.address}/admin/users`, {
    method: 'POST', token: root.accessToken, body: { email, password: PASSWORD, role, claims }
  })
  const { body: { id } } = await create('ada@example.com', 'advertiser', { org_id: 'acme' })
  await create('bob@example.com', 'user')
  const bob = await logIn(gatepass.address, 'bob@example.com', PASSWORD)
  const ports = { 3000: Number(new URL(gatepass.address).port), 4000: await startPlainService(t) }
  const addresses: string[] = []

  for (const gateway of GATEWAYS) {
    const isInstalled = spawnSync(gateway.name, ['-v']).error === undefined
    await t.test(gateway.name, { skip: !isInstalled && `${gateway.name} is not installed` }, async (t) => {
      const ada = await logIn(gatepass.address, 'ada@example.com', PASSWORD)
      const address = await startGateway(parent, gateway, ports)
      addresses.push(address)
      const good = await call(address, ada.accessToken, { method: 'POST', body: 'name=spring', headers: FORGED })
      t.equal(good.status, 200)
      const received: Received = JSON.parse(await good.text())
      t.match(received, {
        method: 'POST',
        body: 'name=spring',
        headers: { 'x-auth-user': id, 'x-auth-role': 'advertiser', 'x-auth-session': ada.sessionId, 'x-auth-claims': '{"org_id":"acme"}' }
      }, 'headers of the check replace those of the client')
      t.notOk(received.headers.authorization, 'the service behind does not see the token')

      const table: Array<[name: string, token: string | undefined, status: number, challenge: RegExp]> = [
        ['no token', undefined, 401, /^Bearer$/],
        ['a bad token', `${ada.accessToken}x`, 401, /error="invalid_token"/],
        ['a role without the capability', bob.accessToken, 403, /error="insufficient_scope"/]
      ]
      for (const [name, token, status, challenge] of table) {
        const refused = await call(address, token, { headers: FORGED })
        t.equal(refused.status, status, name)
        // nginx passes the challenge of a 401 on, and nothing of a 403.
        if (gateway.sendsRefusals || status === 401) t.match(refused.headers.get('www-authenticate'), challenge, name)
        const text = await refused.text()
        if (gateway.sendsRefusals) t.equal(JSON.parse(text).status, status, name)
        t.notMatch(text, /x-auth-user/, `${name}: the service behind was not called`)
      }

      await ask(`${gatepass.address}/auth/logout`, { method: 'POST', body: { refresh_token: ada.refreshToken } })
      t.equal((await call(address, ada.accessToken)).status, 401, 'revoked: from the next request on')
    })
  }

  await gatepass.stop('SIGKILL')
  for (const address of addresses) t.ok((await call(address, root.accessToken)).status >= 500, 'without gatepass nobody passes')
})

function call (address: string, token?: string, options: { method?: string, body?: string, headers?: Record<string, string> } = {}) {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return fetch(`${address}/campaigns`, { ...options, headers: { ...options.headers, ...authorization } })
}

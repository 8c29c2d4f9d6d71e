import { randomUUID } from 'node:crypto'
import t from 'tap'
import { recordAudit } from '../../../src/audit/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { requestAs, createModulesApp, createTestUser } from './modules-app.ts'

eachDatabase(t, 'an admin reads the audit log', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const [userId, sessionId] = [randomUUID(), randomUUID()]
  await recordAudit(database.kysely, {
    type: 'refresh_reuse',
    userId,
    sessionId,
    origin: { ip: '192.0.2.1', userAgent: 'phone', requestId: 'req-1' },
    details: { generation: 7 }
  })
  const reply = await requestAs(app, root)('GET', '/admin/audit?type=refresh_reuse')
  t.equal(reply.headers['cache-control'], 'no-store')
  const { events: [event], next } = reply.json()
  t.equal(next, null)
  const { id, at, ...told } = event
  t.match(id, /^[0-9a-f-]{36}$/)
  t.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000)
  t.strictSame(told, {
    type: 'refresh_reuse',
    user_id: userId,
    actor_id: null,
    session_id: sessionId,
    ip: '192.0.2.1',
    user_agent: 'phone',
    request_id: 'req-1',
    details: {
      generation: 7
    }
  })
})

eachDatabase(t, 'an admin pages through the events of one user', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const userId = randomUUID()
  for (const type of ['login', 'logout', 'login'] as const) await recordAudit(database.kysely, { type, userId })
  const ask = requestAs(app, root)
  const first = (await ask('GET', `/admin/audit?user_id=${userId}&limit=2`)).json()
  const second = (await ask('GET', `/admin/audit?user_id=${userId}&limit=2&after=${first.next}`)).json()
  const types = [...first.events, ...second.events].map(({ type }: { type: string }) => type)
  t.strictSame(types, ['login', 'logout', 'login'])
  t.equal(second.next, null)
})

eachDatabase(t, 'AB20: an invalid query is refused, and events cannot be changed', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ask = requestAs(app, root)
  for (const query of ['type=unknown', 'type=login&type=logout', 'user_id=1', 'after=x', 'limit=1000', 'ip=192.0.2.1']) {
    t.equal((await ask('GET', `/admin/audit?${query}`)).statusCode, 400, query)
  }
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) t.equal((await ask(method, '/admin/audit')).statusCode, 404, method)
})

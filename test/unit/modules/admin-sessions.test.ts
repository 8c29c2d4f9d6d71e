import { randomUUID } from 'node:crypto'
import t from 'tap'
import { eachDatabase } from '../../support/database.ts'
import { requestAs, createModulesApp, createTestUser, createSession } from './modules-app.ts'
import { listAuditTypes, listActiveSessionIds } from '../../support/rows.ts'

eachDatabase(t, 'an admin sees the sessions of a user', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ada = await createTestUser(database, 'ada@example.com')
  const tablet = await createSession(database, ada.id, { userAgent: 'tablet' })
  const { sessions } = (await requestAs(app, root)('GET', `/admin/users/${ada.id}/sessions`)).json()
  t.match(sessions, [{ id: tablet, user_agent: 'tablet', ip: '192.0.2.1' }, { id: ada.sessionId, user_agent: 'phone' }])
  t.strictSame(Object.keys(sessions[0]), [
    'id', 'created_at', 'last_seen_at', 'user_agent', 'ip', 'authenticated_at', 'level', 'methods'
  ])
  t.match(sessions[0], { authenticated_at: sessions[0].created_at, level: 1, methods: ['password'] })
  t.match(sessions[0].last_seen_at, /^\d{4}-\d\d-\d\dT00:00:00\.000Z$/, 'the day only')
})

eachDatabase(t, 'an admin ends one session', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ada = await createTestUser(database, 'ada@example.com')
  const other = await createSession(database, ada.id)
  t.equal((await requestAs(app, root)('DELETE', `/admin/sessions/${other}`)).statusCode, 204)
  t.strictSame(await listActiveSessionIds(database, ada.id), [ada.sessionId])
  const event = await database.kysely.selectFrom('audit_events').selectAll().where('type', '=', 'session_ended').executeTakeFirstOrThrow()
  t.match(event, { user_id: ada.id, actor_id: root.id, session_id: other, ip: '192.0.2.7', user_agent: 'test' })
})

eachDatabase(t, 'RS15: an admin ends every session of a user', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ada = await createTestUser(database, 'ada@example.com')
  await createSession(database, ada.id)
  t.equal((await requestAs(app, root)('DELETE', `/admin/users/${ada.id}/sessions`)).statusCode, 204)
  t.strictSame(await listActiveSessionIds(database, ada.id), [])
  t.strictSame(await listActiveSessionIds(database, root.id), [root.sessionId])
  t.strictSame(await listAuditTypes(database), ['sessions_ended'])
})

eachDatabase(t, 'RS15: an admin ends everybody\'s sessions', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ada = await createTestUser(database, 'ada@example.com')
  const ask = requestAs(app, root)
  t.equal((await ask('DELETE', '/admin/sessions')).statusCode, 204)
  for (const { id } of [root, ada]) t.strictSame((await ask('GET', `/admin/users/${id}/sessions`)).json(), { sessions: [], next: null })
  // It is advanced twice if the commit came in the next second.
  const kinds = (await database.kysely.selectFrom('revocations').select(['kind', 'sub']).execute()).map(({ kind, sub }) => ({ kind, sub }))
  t.strictSame([...new Set(kinds.map((entry) => JSON.stringify(entry)))], [JSON.stringify({ kind: 'everybody', sub: null })])
  t.strictSame(await listAuditTypes(database), ['sessions_ended'])
})

eachDatabase(t, 'an unknown session is not found, and an invalid id is refused', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ask = requestAs(app, root)
  for (const [method, url] of [
    ['GET', '/admin/users/ID/sessions'], ['DELETE', '/admin/users/ID/sessions'], ['DELETE', '/admin/sessions/ID']
  ] as const) {
    t.equal((await ask(method, url.replace('ID', randomUUID()))).statusCode, 404, url)
    t.equal((await ask(method, url.replace('ID', 'me'))).statusCode, 400, url)
  }
  t.strictSame(await listAuditTypes(database), [])
  t.strictSame(await listActiveSessionIds(database, root.id), [root.sessionId])
})

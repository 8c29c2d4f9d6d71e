// Ids of users and sessions, in the spelling of other platforms: row HC21 of docs/requirements.md.
import t from 'tap'
import { eachDatabase } from '../support/database.ts'
import { createService } from '../support/service.ts'
import { createUser } from '../support/users.ts'
import { logIn } from '../support/inject.ts'

interface Parameter {
  name: string
  in: string
  schema: { format?: string, pattern?: string }
}

eachDatabase(t, 'HC21: every id in a path or a query is taken in capitals, and given in lower case', async (t, database) => {
  const { app } = await createService(t, database)
  await createUser(database, 'root@example.com', 'admin')
  const { accessToken, sessionId } = await logIn(app, 'root@example.com')
  const userId = await createUser(database)
  const inject = (method: 'GET' | 'PATCH' | 'DELETE', url: string, body?: object) => app.inject({
    method, url, headers: { authorization: `Bearer ${accessToken}` }, ...(body && { body })
  })
  const id = userId.toUpperCase()
  t.not(id, userId)
  t.strictSame((await inject('GET', `/admin/users/${id}`)).json(), (await inject('GET', `/admin/users/${userId}`)).json())
  t.match((await inject('PATCH', `/admin/users/${id}`, { role: 'advertiser' })).json(), { id: userId, role: 'advertiser' })
  await logIn(app)
  const { sessions: [session] } = (await inject('GET', `/admin/users/${id}/sessions`)).json()
  t.equal((await inject('DELETE', `/admin/sessions/${session.id.toUpperCase()}`)).statusCode, 204)
  t.equal((await inject('DELETE', `/admin/users/${id}/sessions`)).statusCode, 204)
  const { events } = (await inject('GET', `/admin/audit?user_id=${id}`)).json()
  t.ok(events.length >= 4)
  t.ok(events.every((event: { user_id: string }) => event.user_id === userId))
  t.equal((await inject('DELETE', `/admin/users/${id}`)).statusCode, 204)
  t.equal((await inject('DELETE', `/account/sessions/${sessionId.toUpperCase()}`)).statusCode, 204)
})

eachDatabase(t, 'HC21: the document calls every id a UUID, and no cursor', async (t, database) => {
  const { app } = await createService(t, database)
  const { paths } = JSON.parse(JSON.stringify(app.swagger())) as { paths: Record<string, Record<string, { parameters?: Parameter[] }>> }
  const parameters = Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(({ parameters = [] }) => parameters))
  const ids = parameters.filter(({ name }) => /(?:^|_)id$/.test(name))
  t.ok(ids.length >= 8, `${ids.length} ids`)
  t.strictSame(ids.filter(({ schema }) => schema.format !== 'uuid' || schema.pattern !== undefined), [])
  const cursors = parameters.filter(({ name }) => name === 'after')
  t.ok(cursors.length >= 4)
  t.strictSame(cursors.filter(({ schema }) => schema.format !== undefined), [])
})

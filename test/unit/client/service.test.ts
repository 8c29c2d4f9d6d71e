// The client and the service, over a socket and a real database.
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createClient, type Client } from '../../../client/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { createService } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'
import { PASSWORD } from '../../support/password.ts'
import { until } from '../../support/until.ts'

async function listen (t: Test, database: Database): Promise<{ open (storage?: Map<string, string>): Client }> {
  const { app } = await createService(t, database)
  await app.listen({ port: 0 })
  const baseUrl = `http://localhost:${(app.server.address() as AddressInfo).port}`
  return {
    open (items = new Map()) {
      const storage = {
        getItem: (key: string) => items.get(key) ?? null,
        setItem: (key: string, value: string) => items.set(key, value),
        removeItem: (key: string) => items.delete(key)
      }
      const client = createClient({ baseUrl, delivery: 'body', storage, channel: null })
      t.teardown(() => client.close())
      return client
    }
  }
}

/** As if so many seconds had gone by since the session last moved. */
async function age (database: Database, seconds: number): Promise<void> {
  const sessions = await database.kysely.selectFrom('sessions').select(['id', 'rotated_at']).execute()
  for (const { id, rotated_at: rotatedAt } of sessions) {
    await database.kysely.updateTable('sessions').set({
      rotated_at: new Date(rotatedAt.getTime() - seconds * 1000)
    }).where('id', '=', id).execute()
  }
}

eachDatabase(t, 'a session from its login to its logout', async (t, database) => {
  await createUser(database, 'ada@example.com', 'advertiser')
  const service = await listen(t, database)
  const client = service.open()
  await t.rejects(client.login('ada@example.com', 'not it'), { code: 'invalid_credentials' })
  const user = await client.login('ada@example.com', PASSWORD)
  t.equal(user.role, 'advertiser')
  const me = await client.ask('GET', '/me')
  t.match(me, { id: user.id, role: 'advertiser', session_id: user.sessionId })
  t.match(await client.ask('GET', '/account/sessions'), { sessions: [{ id: user.sessionId, current: true }] })
  await t.rejects(client.ask('GET', '/admin/users'), { code: 'insufficient_scope', status: 403 })
  await client.logout()
  t.equal(client.currentUser(), undefined)
  await t.rejects(client.ask('GET', '/me'), { code: 'missing_token' })
})

eachDatabase(t, 'a session goes on after a restart, and ends when somebody ends it', async (t, database) => {
  await createUser(database, 'ada@example.com')
  const service = await listen(t, database)
  const items = new Map<string, string>()
  const user = await service.open(items).login('ada@example.com', PASSWORD)
  for (const seconds of [60, 3600, 60]) {
    await age(database, seconds)
    t.strictSame(await service.open(items).restore(), user)
  }
  const client = service.open(items)
  await client.restore()
  const changes: string[] = []
  client.onChange((_user, change) => changes.push(change))
  const other = service.open()
  await other.login('ada@example.com', PASSWORD)
  t.equal(await other.ask('DELETE', '/account/sessions/{id}', { path: { id: user.sessionId } }), undefined)
  await until(() => client.ask('GET', '/me').then(() => false, ({ code }) => code === 'invalid_token'))
  t.strictSame(changes, ['ended'])
  t.equal(items.size, 0)
})

eachDatabase(t, 'a new role and a new password are felt without a logout', async (t, database) => {
  await createUser(database, 'root@example.com', 'admin')
  const id = await createUser(database, 'ada@example.com')
  const service = await listen(t, database)
  const [root, ada] = [service.open(), service.open()]
  await root.login('root@example.com', PASSWORD)
  await ada.login('ada@example.com', PASSWORD)
  await root.ask('PATCH', '/admin/users/{id}', { path: { id }, body: { role: 'advertiser' } })
  await until(async () => (await ada.ask('GET', '/me')).role === 'advertiser')
  t.equal(ada.currentUser()?.role, 'advertiser')
  await t.rejects(
    ada.ask('PUT', '/account/password', { body: { current_password: 'wrong', new_password: 'another horse, another staple' } }),
    { code: 'wrong_password' }
  )
  t.equal(
    await ada.ask('PUT', '/account/password', { body: { current_password: PASSWORD, new_password: 'another horse, another staple' } }),
    undefined
  )
  t.match(await ada.ask('GET', '/me'), { id })
})

eachDatabase(t, 'a token that is stolen and used ends the session for both', async (t, database) => {
  await createUser(database, 'ada@example.com')
  const service = await listen(t, database)
  const items = new Map<string, string>()
  await service.open(items).login('ada@example.com', PASSWORD)
  const stolen = new Map(items)
  for (let round = 0; round < 3; round++) {
    await age(database, 200)
    t.ok(await service.open(items).restore())
  }
  await age(database, 200)
  t.equal(await service.open(stolen).restore(), undefined)
  t.equal(await service.open(items).restore(), undefined)
})

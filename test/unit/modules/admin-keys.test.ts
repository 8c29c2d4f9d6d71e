import t from 'tap'
import { eachDatabase } from '../../support/database.ts'
import { requestAs, createModulesApp, createTestUser } from './modules-app.ts'
import { listAuditTypes } from '../../support/rows.ts'

interface KeyBody {
  kid: string
  state: string
  signs_from: string | null
}

const MEMBERS = ['kid', 'algorithm', 'state', 'published_at', 'signs_from', 'verifies_until', 'revoked_at']

eachDatabase(t, 'AZ9: an admin sees the keys and their timetable, without private keys', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const reply = await requestAs(app, root)('GET', '/admin/keys')
  t.equal(reply.statusCode, 200)
  t.equal(reply.headers['cache-control'], 'no-store')
  const body = reply.json()
  t.strictSame(Object.keys(body), ['as_of', 'next_rotation_at', 'keys', 'rejected'])
  for (const key of body.keys) t.strictSame(Object.keys(key), MEMBERS)
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
  t.match(body, {
    as_of: time,
    next_rotation_at: time,
    rejected: [],
    keys: [
      { algorithm: 'ES256', state: 'standby', published_at: time, signs_from: null, verifies_until: null, revoked_at: null },
      { algorithm: 'ES256', state: 'signing', published_at: time, signs_from: time, verifies_until: null, revoked_at: null }
    ]
  })
  t.equal(Date.parse(body.next_rotation_at) - Date.parse(body.keys[1].signs_from), (30 * 86_400 - 310) * 1000)
})

eachDatabase(t, 'an admin makes an orderly rotation', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ask = requestAs(app, root)
  const before = (await ask('GET', '/admin/keys')).json().keys
  const once = await ask('POST', '/admin/keys/rotate', {})
  t.equal(once.statusCode, 200)
  t.equal(once.headers['cache-control'], 'no-store')
  t.match(once.json().keys, [{ state: 'standby', signs_from: null }, { kid: before[0].kid, state: 'standby', signs_from: String }, {
    kid: before[1].kid, state: 'signing', verifies_until: String
  }])
  t.strictSame((await ask('POST', '/admin/keys/rotate', {})).json().keys, once.json().keys)
  t.strictSame((await ask('GET', '/admin/keys')).json().keys, once.json().keys)
  const event = await database.kysely.selectFrom('audit_events').selectAll().where('type', '=', 'keys_rotated').executeTakeFirstOrThrow()
  t.match(event, { actor_id: root.id, user_id: null, ip: '192.0.2.7', user_agent: 'test', details: { kid: before[0].kid } })
})

eachDatabase(t, 'in an emergency a key is revoked, or all of them', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ask = requestAs(app, root)
  const findKid = (keys: KeyBody[], state: string) => keys.find((key) => key.state === state)?.kid
  const before: KeyBody[] = (await ask('GET', '/admin/keys')).json().keys
  const standby = findKid(before, 'standby')
  const one: KeyBody[] = (await ask('POST', '/admin/keys/rotate', { compromised: standby })).json().keys
  t.equal(findKid(one, 'revoked'), standby)
  t.equal(findKid(one, 'signing'), findKid(before, 'signing'))
  const next = findKid(one, 'standby')
  const promoted = (await ask('POST', '/admin/keys/rotate', { compromised: findKid(one, 'signing'), use_standby: true })).json().keys
  t.equal(findKid(promoted, 'signing'), next)
  const all = (await ask('POST', '/admin/keys/rotate', { compromised: 'all' })).json().keys
  t.strictSame(all.map(({ state }: KeyBody) => state).sort(), [...Array.from({ length: 4 }, () => 'revoked'), 'signing', 'standby'])
  const types = [...Array.from({ length: 4 }, () => 'key_revoked'), 'keys_rotated', 'keys_rotated']
  t.strictSame((await listAuditTypes(database)).sort(), types)
})

eachDatabase(t, 'an invalid rotation request is refused, and nothing changes', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ask = requestAs(app, root)
  const before = (await ask('GET', '/admin/keys')).json().keys
  t.match(await ask('POST', '/admin/keys/rotate', { compromised: '0123456789abcdef' }), { statusCode: 404 })
  const bodies = [
    { compromised: null }, { compromised: '' }, { compromised: ['all'] }, { compromised: 'x'.repeat(65) }, { compromised: true },
    { kid: 'all' }, [], 'all', null, undefined, { use_standby: true }, { compromised: 'all', use_standby: 1 }
  ]
  for (const body of bodies) {
    t.equal((await ask('POST', '/admin/keys/rotate', body)).statusCode, 400, JSON.stringify(body))
  }
  t.strictSame((await ask('GET', '/admin/keys')).json().keys, before)
})

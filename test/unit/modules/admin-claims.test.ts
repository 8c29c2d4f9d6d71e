// Custom claims over HTTP: what is accepted, what is refused, and who sees them.
import t from 'tap'
import { eachDatabase } from '../../support/database.ts'
import { PASSWORD } from '../../support/password.ts'
import { listAuditTypes, listRevocations } from '../../support/rows.ts'
import { bearer } from '../../support/tokens.ts'
import { createModulesApp, createTestUser, requestAs } from './modules-app.ts'

const EVE = { email: 'eve@example.com', password: PASSWORD, role: 'user' }
const LONGEST = { [`n${'a'.repeat(31)}`]: 'x'.repeat(96 - 32 - '{"":""}'.length) }

/** As JSON text, because some of it has no JavaScript value that is written so. */
const REFUSED: ReadonlyArray<[name: string, claims: string, path: string]> = [
  ['null', 'null', '/claims'],
  ['text', '"org"', '/claims'],
  ['an array', '[]', '/claims'],
  ['an array of members', '[["org", "acme"]]', '/claims'],
  ['a number', '1', '/claims'],
  ['true', 'true', '/claims'],
  ['nine members', JSON.stringify(Object.fromEntries('abcdefghi'.split('').map((name) => [name, 1]))), '/claims'],
  ['97 bytes', JSON.stringify(LONGEST).replace('"x', '"xx'), '/claims'],
  ['97 bytes of UTF-8', JSON.stringify({ a: 'é'.repeat(45) }), '/claims'],
  ['97 bytes of escapes', JSON.stringify({ a: '"'.repeat(45) }), '/claims'],
  ['97 bytes in several members', JSON.stringify({ a: 'x'.repeat(44), b: 'x'.repeat(40) }), '/claims'],
  ['a name in capitals', '{"Org": 1}', '/claims/Org'],
  ['a name with a dash', '{"org-id": 1}', '/claims/org-id'],
  ['a name with a digit first', '{"1org": 1}', '/claims/1org'],
  ['a name with an underscore first', '{"_org": 1}', '/claims/_org'],
  ['an empty name', '{"": 1}', '/claims/'],
  ['a name of 33 letters', `{"${'a'.repeat(33)}": 1}`, `/claims/${'a'.repeat(33)}`],
  ['a name that ends in a newline', '{"org\\n": 1}', '/claims/org\ufffd'],
  ['a name of other letters', '{"örg": 1}', '/claims/örg'],
  ['null as a value', '{"ok": 1, "org": null}', '/claims/org'],
  ['an object', '{"ok": 1, "org": {"id": 1}}', '/claims/org'],
  ['a list', '{"ok": 1, "org": ["acme"]}', '/claims/org'],
  ['a fraction', '{"ok": 1, "org": 0.5}', '/claims/org'],
  ['a whole number that is not safe', '{"ok": 1, "org": 9007199254740992}', '/claims/org'],
  ['a number beyond all', '{"ok": 1, "org": 1e400}', '/claims/org'],
  ['NUL', '{"ok": 1, "org": "a\\u0000"}', '/claims/org'],
  ['a newline', '{"ok": 1, "org": "a\\nb"}', '/claims/org'],
  ['DEL', '{"ok": 1, "org": "\\u007f"}', '/claims/org'],
  ['a C1 control letter', '{"ok": 1, "org": "\\u0085"}', '/claims/org'],
  ['the first half of a pair', '{"ok": 1, "org": "\\ud800"}', '/claims/org'],
  ['the second half of a pair', '{"ok": 1, "org": "\\udc00a"}', '/claims/org']
]

eachDatabase(t, 'TF6: claims that are not legal are refused with the member at fault, and nothing changes', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ada = await createTestUser(database, 'ada@example.com')
  const headers = { authorization: root.authorization, 'content-type': 'application/json' }
  const wrong: string[] = []
  for (const [name, claims, path] of REFUSED) {
    for (const [method, url, payload] of [
      ['PATCH', `/admin/users/${ada.id}`, `{"claims": ${claims}}`],
      ['PATCH', `/admin/users/${ada.id}`, `{"role": "advertiser", "claims": ${claims}}`],
      ['POST', '/admin/users', `${JSON.stringify(EVE).slice(0, -1)}, "claims": ${claims}}`]
    ] as const) {
      const reply = await app.inject({ method, url, headers, payload })
      const { code, errors } = reply.json()
      if (reply.statusCode !== 400 || code !== 'invalid_request' || errors?.[0]?.path !== path) wrong.push(`${name}: ${reply.body}`)
    }
  }
  t.strictSame(wrong, [])
  const { users } = (await requestAs(app, root)('GET', '/admin/users')).json()
  t.match(users, [{ email: 'ada@example.com', role: 'user', claims: {} }, { email: 'root@example.com', claims: {} }])
  t.equal(users.length, 2)
  t.strictSame([await listAuditTypes(database), await listRevocations(database)], [[], []])
})

eachDatabase(t, 'names of Object.prototype are no way in', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ada = await createTestUser(database, 'ada@example.com')
  const headers = { authorization: root.authorization, 'content-type': 'application/json' }
  const patch = (payload: string) => app.inject({ method: 'PATCH', url: `/admin/users/${ada.id}`, headers, payload })
  for (const claims of ['{"__proto__": {"org": 1}}', '{"__proto__": 1}', '{"constructor": {"prototype": {"org": 1}}}']) {
    t.equal((await patch(`{"claims": ${claims}}`)).statusCode, 400, claims)
  }
  const legal = '{"constructor": "acme", "valueof": 1}'
  t.strictSame((await patch(`{"claims": ${legal}}`)).json().claims, JSON.parse(legal), 'as a name like any other')
})

eachDatabase(t, 'an admin gives claims to a user, replaces all of them, and takes them away', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ask = requestAs(app, root)
  const claims = { org_id: 'acme', seats: -40, beta: true, most: Number.MAX_SAFE_INTEGER, none: '' }
  const created = await ask('POST', '/admin/users', { ...EVE, claims })
  t.match({ status: created.statusCode, body: created.json() }, { status: 201, body: { claims } })
  const url = `/admin/users/${created.json().id}`
  for (const next of [
    LONGEST, { a: 'é'.repeat(44) }, { org_id: 'Ünïcödé 😀' }, Object.fromEntries('abcdefgh'.split('').map((name) => [name, false])), {}
  ]) {
    const reply = await ask('PATCH', url, { claims: next })
    t.strictSame({ status: reply.statusCode, claims: reply.json().claims }, { status: 200, claims: next })
    t.strictSame((await ask('GET', url)).json().claims, next)
    t.strictSame((await ask('GET', '/admin/users')).json().users[0].claims, next)
  }
  const before = (await ask('PATCH', url, { claims })).json()
  const after = (await ask('PATCH', url, { role: 'advertiser' })).json()
  t.strictSame(after, { ...before, role: 'advertiser' }, 'a patch without them keeps them')
})

eachDatabase(t, 'users see their claims: in the account those of today, in /me those of the token', async (t, database) => {
  const app = await createModulesApp(t, database)
  const ada = await createTestUser(database, 'ada@example.com')
  await database.kysely.updateTable('users').set({ claims: JSON.stringify({ org: 'new' }) }).execute()
  const ask = requestAs(app, { authorization: bearer({ sub: ada.id, sid: ada.sessionId, ext: { org: 'old' } }) })
  t.strictSame((await ask('GET', '/account')).json().claims, { org: 'new' })
  t.strictSame((await ask('GET', '/me')).json().claims, { org: 'old' })
})

eachDatabase(t, 'AZ4: a route that asks the session store refuses the token with other claims than those of today', async (t, database) => {
  const app = await createModulesApp(t, database)
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const withClaims = (ext?: Record<string, string | number>) => requestAs(app, {
    authorization: bearer({ sub: root.id, sid: root.sessionId, role: 'admin', ...(ext !== undefined && { ext }) })
  })
  await database.kysely.updateTable('users').set({ claims: JSON.stringify({ org: 'acme', seat: 1 }) }).execute()
  const table: Array<[name: string, ext: Record<string, string | number> | undefined, status: number]> = [
    ['the same', { org: 'acme', seat: 1 }, 404], ['the same in another order', { seat: 1, org: 'acme' }, 404], ['none', undefined, 401],
    ['less', { org: 'acme' }, 401], ['more', { org: 'acme', seat: 1, desk: 1 }, 401], ['another type', { org: 'acme', seat: '1' }, 401]
  ]
  for (const [name, ext, status] of table) {
    const url = '/admin/users/018f0000-0000-7000-8000-000000000000'
    t.equal((await withClaims(ext)('PATCH', url, { role: 'user' })).statusCode, status, name)
    t.equal((await withClaims(ext)('GET', '/admin/users')).statusCode, 200, 'any other route cannot know')
  }
})

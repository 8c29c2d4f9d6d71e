import t from 'tap'
import { createUserFactory, defineRoles, type CurrentUser, type Identity } from '../../../src/edge/index.ts'

const roles = defineRoles({ admin: ['campaigns:read', 'campaigns:write', 'users:read'], 'sub-editor': ['campaigns:read'], guest: [] })
const createUser = createUserFactory(roles)
const IDENTITY: Identity = { id: 'u', role: 'admin', sessionId: 's', issuedAt: 1000, expiresAt: 1300 }

/** What code that does not know the roles at compile time can ask. */
function ask (user: CurrentUser, name: string): unknown {
  return Reflect.apply(Reflect.get(user, name), user, [])
}

function summarize (user: CurrentUser) {
  const asked = ['campaigns:read', 'campaigns:write', 'users:read', 'other']
  return {
    capabilities: user.capabilities,
    can: asked.filter((capability) => user.can(capability)),
    is: [...roles.names, 'stranger'].filter((role) => user.is(role)),
    isX: ['isAdmin', 'isSubEditor', 'isGuest'].filter((name) => ask(user, name))
  }
}

t.test('AZ7: a scope is a ceiling: a user can do what it holds and the role grants, and is in no role', async (t) => {
  const all = ['campaigns:read', 'campaigns:write', 'users:read']
  const table: Array<[role: string, scope: string[] | undefined, capabilities: string[], roles: [name: string, check: string] | []]> = [
    ['admin', undefined, all, ['admin', 'isAdmin']],
    ['admin', all, all, []],
    ['admin', ['users:read'], ['users:read'], []],
    ['admin', ['users:read', 'users:read'], ['users:read'], []],
    ['admin', ['other', 'users:write', 'users:read'], ['users:read'], []],
    ['admin', [], [], []],
    ['admin', ['users', 'admin', 'constructor', 'toString', '__proto__'], [], []],
    ['sub-editor', undefined, ['campaigns:read'], ['sub-editor', 'isSubEditor']],
    ['sub-editor', all, ['campaigns:read'], []],
    ['sub-editor', ['campaigns:write'], [], []],
    ['guest', undefined, [], ['guest', 'isGuest']],
    ['guest', all, [], []],
    // A role that this service does not know.
    ['stranger', undefined, [], ['stranger', '']],
    ['stranger', all, [], []],
    ['constructor', all, [], []]
  ]
  for (const [role, scope, capabilities, [name, check]] of table) {
    const user = createUser({ ...IDENTITY, role, scope })
    t.strictSame(summarize(user), {
      capabilities, can: capabilities, is: name === undefined ? [] : [name], isX: check === undefined || check === '' ? [] : [check]
    }, `${role}, ${scope?.join(' ')}`)
    t.equal(user.role, role, 'the name is kept, for the log')
  }
})

t.test('no user is in a role that is none', async (t) => {
  for (const scope of [undefined, [], ['users:read']]) {
    const user = createUser({ ...IDENTITY, scope })
    for (const name of [undefined, null, '', 'undefined', 'null', {}, ['admin']]) {
      t.equal(Reflect.apply(user.is, user, [name]), false, `${String(name)}, ${scope?.join(' ')}`)
      t.equal(Reflect.apply(user.can, user, [name]), false)
    }
  }
})

t.test('VF26: nothing of a user within a scope can be changed, and other users are not affected', async (t) => {
  const [scoped, whole] = [createUser({ ...IDENTITY, scope: ['users:read'] }), createUser(IDENTITY)]
  const prototype: object = Object.getPrototypeOf(scoped)
  for (const change of [
    () => Object.assign(scoped, { can: () => true }),
    () => Object.assign(prototype, { can: () => true }),
    () => Object.assign(prototype, { isAdmin: () => true }),
    () => Reflect.apply(Array.prototype.push, scoped.capabilities, ['campaigns:write'])
  ]) t.throws(change, TypeError)
  t.ok(ask(whole, 'isAdmin'))
  t.notOk(ask(scoped, 'isAdmin'))
  t.notOk('scope' in scoped, 'the ceiling shows only in what the user can do')
})

t.test('VF26: custom claims are frozen, without a prototype, and a copy', async (t) => {
  const given = { org_id: 'acme', seats: 3, beta: true, constructor: 'x' }
  const { claims } = createUser({ ...IDENTITY, claims: given })
  t.strictSame(Object.entries(claims), Object.entries(given))
  t.equal(Object.getPrototypeOf(claims), null)
  t.ok(Object.isFrozen(claims))
  for (const change of [
    () => Object.assign(claims, { org_id: 'evil' }),
    () => Object.assign(claims, { more: 1 }),
    () => Object.setPrototypeOf(claims, { admin: true })
  ]) t.throws(change, TypeError)
  given.org_id = 'evil'
  t.equal(claims.org_id, 'acme')
  t.equal(claims.toString, undefined)
})

t.test('a user without custom claims has an empty object, that nobody can fill', async (t) => {
  for (const claims of [undefined, {}]) {
    const user = createUser({ ...IDENTITY, claims })
    t.strictSame(Object.keys(user.claims), [])
    t.equal(Object.getPrototypeOf(user.claims), null)
    t.throws(() => Object.assign(user.claims, { org_id: 'evil' }), TypeError)
    t.equal(Reflect.get(user.claims, 'constructor'), undefined)
  }
})

t.test('TF14: a user says when and how they were authenticated; a machine does not', async (t) => {
  const user = createUser({ ...IDENTITY, authenticatedAt: 940, level: 2 })
  t.strictSame({ ...user, claims: {} }, { ...IDENTITY, authenticatedAt: 940, level: 2, claims: {} })
  const machine = createUser(IDENTITY)
  t.strictSame([machine.authenticatedAt, machine.level], [undefined, undefined])
})

import fc from 'fast-check'
import t from 'tap'
import { defaultRoles, defineRoles } from '../../../src/contract/index.ts'

const roles = defineRoles({ admin: ['users:read', 'users:write'], 'sub-editor': ['users:read'], guest: [] })

t.test('AZ7: a role has its capabilities, and an unknown role has none', async (t) => {
  t.strictSame(roles.names, ['admin', 'sub-editor', 'guest'])
  t.strictSame([...roles.getCapabilities('admin')], ['users:read', 'users:write'])
  t.strictSame([...roles.getCapabilities('guest')], [])
  for (const role of ['', 'Admin', 'admin ', 'stranger', '__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    t.equal(roles.has(role), false, role)
    t.equal(roles.getCapabilities(role).size, 0, role)
  }
  t.ok(roles.has('sub-editor'))
})

t.test('a capability is granted where some role has it', async (t) => {
  t.ok(roles.grants('users:read'))
  t.ok(roles.grants('users:write'))
  for (const capability of ['users', 'users:delete', '', '*', 'constructor', 'users:read ']) t.notOk(roles.grants(capability), capability)
})

t.test('roles do not change when the definitions are changed later', async (t) => {
  const definitions = { user: ['a:read'] }
  const roles = defineRoles(definitions)
  definitions.user.push('a:write')
  t.strictSame([...roles.getCapabilities('user')], ['a:read'])
  t.notOk(roles.grants('a:write'))
  t.throws(() => Object.assign(roles, { grants: () => true }), TypeError)
  t.throws(() => Reflect.apply(Array.prototype.push, roles.names, ['more']), TypeError)
})

t.test('malformed names are rejected', async (t) => {
  const table: Array<[name: string, definitions: Record<string, string[]>, message: RegExp]> = [
    ['no role', {}, /at least one role/],
    ['an upper-case role', { Admin: [] }, /role "Admin" must match/],
    ['an empty role', { '': [] }, /role "" must match/],
    ['a role with a space', { 'sub editor': [] }, /must match/],
    ['a role of 33 characters', { ['a'.repeat(33)]: [] }, /must match/],
    ['an empty capability', { user: [''] }, /capability "" of role "user"/],
    ['a wildcard', { user: ['users:*'] }, /capability "users:\*"/],
    ['an upper-case capability', { user: ['Users:read'] }, /must look like/],
    ['a capability with an empty part', { user: ['users::read'] }, /must look like/],
    ['a capability with a space', { user: ['users:read '] }, /must look like/]
  ]
  for (const [name, definitions, message] of table) t.throws(() => defineRoles(definitions), { name: 'TypeError', message }, name)
})

t.test('no capability comes from the prototype of an object', async () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/)
  const capability = fc.stringMatching(/^[a-z]{1,3}:[a-z]{1,3}$/)
  fc.assert(fc.property(fc.dictionary(name, fc.array(capability), { minKeys: 1 }), capability, (definitions, asked) => {
    const roles = defineRoles(definitions)
    const holders = Object.keys(definitions).filter((role) => definitions[role]?.includes(asked))
    return roles.grants(asked) === (holders.length > 0) &&
      roles.names.every((role) => roles.getCapabilities(role).has(asked) === holders.includes(role))
  }))
})

t.test('the default roles', async (t) => {
  t.strictSame(defaultRoles.names, ['admin', 'advertiser', 'user'])
  for (const capability of ['users:read', 'users:write', 'sessions:read', 'sessions:end', 'keys:read', 'keys:rotate', 'audit:read']) {
    t.strictSame(defaultRoles.names.filter((role) => defaultRoles.getCapabilities(role).has(capability)), ['admin'], capability)
  }
  for (const role of defaultRoles.names) t.ok(defaultRoles.getCapabilities(role).has('account:read'), role)
})

import t from 'tap'
import { loadConfig } from '../../src/config/config.ts'
import { defaultRoles, defineRoles } from '../../src/contract/index.ts'
import { openRoles } from '../../src/roles.ts'

const ISSUER_CAPABILITIES = [...defaultRoles.getCapabilities('admin')]
const EXAMPLE = '{"admin":[],"editor":["account:read","account:write","articles:write"]}'

/** Opens the roles of a file. */
async function open (file: string, settings: Record<string, string> = {}) {
  return openRoles(loadConfig({ DEFAULT_ROLE: 'editor', ROLES_FILE: file, ...settings }))
}

t.test('without a file the roles are the default ones', async (t) => {
  const roles = await openRoles(loadConfig({}))
  t.strictSame(roles.names, ['admin', 'advertiser', 'user'])
  for (const role of roles.names) t.strictSame(roles.getCapabilities(role), defaultRoles.getCapabilities(role), role)
})

t.test('a file defines the roles, and admins keep what the service asks for', async (t) => {
  const directory = t.testdir({
    'roles.json': '\uFEFF{"admin":["articles:write","users:read"],"editor":["account:read","articles:write"]}',
    'plain.mjs': 'export default { editor: [], admin: ["articles:write"] }',
    'named.mjs': 'export const roles = await Promise.resolve({ admin: ["articles:write"], editor: [] })',
    'common.cjs': 'module.exports = { admin: ["articles:write"], editor: [] }',
    'defined.mjs': `import { defineRoles } from ${JSON.stringify(new URL('../../dist/edge/index.js', import.meta.url).href)}
      export default defineRoles({ admin: ["articles:write"], editor: [] })`
  })
  for (const file of ['roles.json', 'plain.mjs', 'named.mjs', 'common.cjs', 'defined.mjs']) {
    const roles = await open(`${directory}/${file}`)
    t.strictSame([...roles.names].sort(), ['admin', 'editor'], file)
    t.strictSame(new Set(roles.getCapabilities('admin')), new Set(['articles:write', ...ISSUER_CAPABILITIES]), file)
  }
  t.strictSame([...(await open(`${directory}/roles.json`)).getCapabilities('editor')], ['account:read', 'articles:write'])
})

t.test('the roles of the code that embeds the service come before those of a file', async (t) => {
  const given = defineRoles({ admin: [], editor: ['account:read'] })
  const roles = await openRoles(loadConfig({ DEFAULT_ROLE: 'editor', ROLES_FILE: 'missing.json' }), given)
  t.strictSame(roles.names, ['admin', 'editor'])
  await t.rejects(openRoles(loadConfig({}), given), {
    message: 'DEFAULT_ROLE is "user", which is not defined: set it to one of admin, editor.'
  })
  await t.rejects(openRoles(loadConfig({}), defineRoles({ user: [] })), {
    message: 'roles must have "admin", the role of those who manage users.'
  })
})

t.test('a file that cannot be used is a sentence that names ROLES_FILE', async (t) => {
  const shape = `ROLES_FILE must map each role to a list of capabilities, such as ${EXAMPLE}.`
  const table: Array<[content: string | Buffer, message: string | RegExp, name?: string]> = [
    ['{"admin":[]', /^ROLES_FILE cannot be read \(.*JSON.*\)\.$/],
    ['', /^ROLES_FILE cannot be read \(.*JSON.*\)\.$/],
    [Buffer.from('{"admin":[],"editor":["\xE9:read"]}', 'latin1'), 'ROLES_FILE is not UTF-8 text: save it as UTF-8.'],
    ['[]', shape], ['null', shape], ['"admin"', shape], ['{"admin":"users:read"}', shape], ['{"admin":[1]}', shape],
    ['{"admin":[],"editor":[],"editor":["a:b"]}', 'ROLES_FILE: editor occurs more than once.'],
    ['{"__proto__":[],"admin":[]}', 'ROLES_FILE: __proto__ is not allowed as a name.'],
    ['{"admin":[],"Editor":[]}', /^ROLES_FILE: role "Editor" must match .*\.$/],
    ['{"admin":[],"editor":["*"]}', /^ROLES_FILE: capability "\*" of role "editor" must look like .*\.$/],
    ['{"admin":[],"sub-editor":[],"sub_editor":[]}', /^ROLES_FILE: two roles differ by their dashes only.*\.$/],
    ['{"editor":[]}', 'ROLES_FILE must have "admin", the role of those who manage users.'],
    ['{}', shape],
    ['{"admin":[]}', 'DEFAULT_ROLE is "editor", which is not defined: set it to one of admin.'],
    ['throw new Error("broken")', 'ROLES_FILE cannot be read (broken).', 'roles.mjs'],
    ['export default (', /^ROLES_FILE cannot be read \(.+\)\.$/, 'syntax.mjs'],
    ['export default 5', shape, 'five.mjs'],
    ['export const other = {}', shape, 'nothing.mjs']
  ]
  for (const [content, message, name = 'roles.json'] of table) {
    const directory = t.testdir({ [name]: content })
    await t.rejects(open(`${directory}/${name}`), { name: 'Error', message }, String(content))
  }
  await t.rejects(open(`${t.testdirName}/missing.json`), { message: /^ROLES_FILE cannot be read \(ENOENT.*\)\.$/ })
  await t.rejects(open(`${t.testdirName}/missing.mjs`), { message: /^ROLES_FILE cannot be read \(.*missing\.mjs.*\)\.$/ })
  await t.rejects(open(t.testdirName), { message: /^ROLES_FILE cannot be read \(.+\)\.$/ })
})

// Held by the compiler: each line marked as an error must be one, or `npm run typecheck` fails.
import t from 'tap'
import { createUserFactory, defineRoles, type Capability, type CurrentUser, type RoleName, type Roles } from '../../../src/edge/index.ts'

const definitions = {
  admin: ['campaigns:read', 'users:read'],
  'sub-editor': ['campaigns:read'],
  night_shift: []
} as const
const roles = defineRoles(definitions)

type Definitions = typeof roles extends Roles<infer D> ? D : never
type User = CurrentUser<Definitions>

function assertType<T> (value: T): T {
  return value
}

// A user of these roles, as far as the compiler can tell.
function parts (user: User): unknown[] {
  return [
    user.isAdmin(),
    user.isSubEditor(),
    user.isNightShift(),
    // @ts-expect-error no such role
    () => user.isEditor(),
    // @ts-expect-error not in this spelling
    () => user['isSub-editor'](),
    user.can('users:read'),
    // @ts-expect-error no role grants it
    user.can('users:raed'),
    // @ts-expect-error a capability is one string
    user.can(['users:read']),
    user.is('night_shift'),
    // @ts-expect-error no such role
    user.is('user'),
    // @ts-expect-error nobody makes somebody else of a user
    () => { user.id = 'another' },
    // @ts-expect-error nor adds to what a user may do
    () => user.capabilities.push('users:read'),
    assertType<string>(user.role),
    assertType<ReadonlyArray<'campaigns:read' | 'users:read'>>(user.capabilities)
  ]
}

t.test('what the types promise is there', async (t) => {
  const user = createUserFactory(roles)({ id: 'u', role: 'sub-editor', sessionId: 's', issuedAt: 1, expiresAt: 2 })
  const call = (name: string) => Reflect.apply(Reflect.get(user, name), undefined, [])
  t.strictSame(['isAdmin', 'isSubEditor', 'isNightShift'].map(call), [false, true, false])
  t.type(parts, 'function')
})

t.test('names of roles and capabilities are known to the compiler', async (t) => {
  assertType<RoleName<Definitions>>('admin')
  // @ts-expect-error no such role
  assertType<RoleName<Definitions>>('user')
  assertType<Capability<Definitions>>('users:read')
  // @ts-expect-error no role grants it
  assertType<Capability<Definitions>>('users:write')
  const name: string = 'admin'
  if (roles.has(name)) assertType<'admin' | 'sub-editor' | 'night_shift'>(name)
  // @ts-expect-error capabilities are strings
  t.throws(() => defineRoles({ admin: [1] }))
  // @ts-expect-error and a list of them
  t.throws(() => defineRoles({ admin: 'users:read' }))
})

t.test('where nobody says which roles there are, any may be asked for, and no isX() is there', async (t) => {
  const ask = (user: CurrentUser): unknown[] => [
    user.can('anything'),
    user.is('anybody'),
    // @ts-expect-error whether there is such a role is not known
    user.isAdmin
  ]
  t.strictSame(ask(createUserFactory(roles)({ id: 'u', role: 'admin', sessionId: 's', issuedAt: 1, expiresAt: 2 })).slice(0, 2), [false, false])
})

// Checked by the compiler: each line marked as an error must be one, or `npm run typecheck` fails.
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

// A user with these roles, as the compiler sees it.
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
    // @ts-expect-error read-only
    () => { user.id = 'another' },
    // @ts-expect-error read-only
    () => user.capabilities.push('users:read'),
    assertType<string>(user.role),
    assertType<ReadonlyArray<'campaigns:read' | 'users:read'>>(user.capabilities)
  ]
}

t.test('the methods that the types declare exist', async (t) => {
  const user = createUserFactory(roles)({ id: 'u', role: 'sub-editor', sessionId: 's', issuedAt: 1, expiresAt: 2 })
  const call = (name: string) => Reflect.apply(Reflect.get(user, name), undefined, [])
  t.strictSame(['isAdmin', 'isSubEditor', 'isNightShift'].map(call), [false, true, false])
  t.type(parts, 'function')
})

t.test('the compiler knows the names of roles and capabilities', async (t) => {
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

t.test('without registered claims any may be read, and be any value', async (t) => {
  const { claims } = createUserFactory(roles)({ id: 'u', role: 'admin', sessionId: 's', issuedAt: 1, expiresAt: 2, claims: { seats: 3 } })
  assertType<string | number | boolean | undefined>(claims.seats)
  // @ts-expect-error it may be a number
  assertType<string | undefined>(claims.seats)
  // @ts-expect-error read-only
  t.throws(() => { claims.seats = 4 }, TypeError)
  t.equal(claims.seats, 3)
})

t.test('without registered roles any role may be asked for, and there is no isX()', async (t) => {
  const ask = (user: CurrentUser): unknown[] => [
    user.can('anything'),
    user.is('anybody'),
    // @ts-expect-error the roles are not known
    user.isAdmin
  ]
  t.strictSame(
    ask(createUserFactory(roles)({ id: 'u', role: 'admin', sessionId: 's', issuedAt: 1, expiresAt: 2 })).slice(0, 2),
    [false, false]
  )
})

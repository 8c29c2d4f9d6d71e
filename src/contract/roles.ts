import { CAPABILITY_PATTERN, ROLE_PATTERN } from './claims.ts'

/** Role name to the capabilities it grants. */
export type RoleDefinitions = Record<string, readonly string[]>

/** The name of a role of `D`. */
export type RoleName<D extends RoleDefinitions> = keyof D & string

/** A capability that some role of `D` grants. */
export type Capability<D extends RoleDefinitions> = D[RoleName<D>][number]

/** The capabilities of every role, validated and frozen. A token only names the role; its capabilities are never in the token. */
export interface Roles<D extends RoleDefinitions = RoleDefinitions> {
  readonly names: ReadonlyArray<RoleName<D>>
  has (role: string): role is RoleName<D>
  /** @returns an empty set for an unknown role: it fails closed */
  getCapabilities (role: string): ReadonlySet<string>
  /** Whether any role has this capability: nobody could pass a guard that asks for another one. */
  grants (capability: string): boolean
}

const NONE: ReadonlySet<string> = new Set()

/**
 * Defines the roles of a service and their capabilities.
 *
 * @param definitions role name (`[a-z][a-z0-9_-]{0,31}`) to a list of capabilities such as `campaigns:read`
 * @returns frozen roles, typed by the literal names given
 * @throws TypeError when a name is malformed or no role is given
 */
export function defineRoles<const D extends RoleDefinitions> (definitions: D): Roles<D> {
  const capabilities = new Map<string, ReadonlySet<string>>()
  for (const [role, granted] of Object.entries(definitions)) {
    if (!ROLE_PATTERN.test(role)) throw new TypeError(`role "${role}" must match ${ROLE_PATTERN.source}`)
    for (const capability of granted) {
      if (CAPABILITY_PATTERN.test(capability)) continue
      throw new TypeError(`capability "${capability}" of role "${role}" must look like "campaigns:read"`)
    }
    capabilities.set(role, new Set(granted))
  }
  if (capabilities.size === 0) throw new TypeError('defineRoles needs at least one role')
  const granted = new Set([...capabilities.values()].flatMap((set) => [...set]))
  return Object.freeze({
    names: Object.freeze([...capabilities.keys()]) as ReadonlyArray<RoleName<D>>,
    has: (role: string): role is RoleName<D> => capabilities.has(role),
    getCapabilities: (role: string) => capabilities.get(role) ?? NONE,
    grants: (capability: string) => granted.has(capability)
  })
}

/** The roles of a service that defines none of its own. */
export const defaultRoles = defineRoles({
  admin: [
    'account:read', 'account:write', 'account:enrol', 'users:read', 'users:write', 'sessions:read', 'sessions:end', 'keys:read',
    'keys:rotate', 'audit:read', 'mails:read', 'mails:write'
  ],
  advertiser: ['account:read', 'account:write', 'account:enrol', 'campaigns:read', 'campaigns:write'],
  user: ['account:read', 'account:write', 'account:enrol']
})

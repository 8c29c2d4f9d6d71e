import type { Capability, RoleDefinitions, RoleName, Roles } from '../contract/index.ts'

/** What a verifier knows about a user. */
export interface Identity {
  /** UUID. */
  readonly id: string
  readonly role: string
  /** UUID. */
  readonly sessionId: string
  /** NumericDate seconds. */
  readonly issuedAt: number
  /** NumericDate seconds. */
  readonly expiresAt: number
}

/**
 * The user who sent a request: all that business code sees of a token or a session. Frozen, because all requests with one token share
 * the same object.
 */
export type CurrentUser<D extends RoleDefinitions = RoleDefinitions> = RoleChecks<D> & Identity & {
  readonly capabilities: ReadonlyArray<Capability<D>>
  can (capability: Capability<D>): boolean
  is (role: RoleName<D>): boolean
}

/** `isSubEditor()` for a role `sub-editor`, and so on; none where the names of the roles are not known. */
type RoleChecks<D extends RoleDefinitions> = string extends keyof D
  ? unknown
  : { readonly [R in RoleName<D> as `is${PascalCase<R>}`]: () => boolean }

type PascalCase<S extends string> = S extends `${infer A}-${infer B}` | `${infer A}_${infer B}`
  ? `${PascalCase<A>}${PascalCase<B>}`
  : Capitalize<S>

/** Roles with any names. */
export type AnyRoles = Pick<Roles, 'names' | 'getCapabilities' | 'grants'>

/** The part that all users of one role share: the prototype of each. */
type RolePrototype = Pick<CurrentUser, 'capabilities' | 'can' | 'is'>

/**
 * Makes the function that turns an identity into a user. Capabilities are looked up once for each role, not for each user.
 *
 * @param roles a user with any other role has no capabilities
 * @throws TypeError where two roles would share one `isX()`
 */
export function createUserFactory (roles: AnyRoles): (identity: Identity) => CurrentUser {
  const checks = new Map(roles.names.map((role) => [toCheckName(role), role]))
  if (checks.size < roles.names.length) throw new TypeError('two roles differ by their dashes only: they would share one isX()')
  const prototypes = new Map(roles.names.map((role) => [role, createRolePrototype(role)]))

  return function toUser ({ id, role, sessionId, issuedAt, expiresAt }) {
    const prototype = prototypes.get(role) ?? createRolePrototype(role)
    return Object.freeze(Object.assign(Object.create(prototype), { id, role, sessionId, issuedAt, expiresAt }))
  }

  function createRolePrototype (role: string): RolePrototype {
    const capabilities = new Set(roles.getCapabilities(role))
    const isX = Object.fromEntries([...checks].map(([name, checked]) => [name, Object.freeze(() => checked === role)]))
    return Object.freeze({
      ...isX,
      capabilities: Object.freeze([...capabilities]),
      can: Object.freeze((capability: string) => capabilities.has(capability)),
      is: Object.freeze((name: string) => name === role)
    })
  }
}

/** `sub-editor` to `isSubEditor`, as the type `RoleChecks` does. */
function toCheckName (role: string): string {
  return `is${role.split(/[-_]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`
}

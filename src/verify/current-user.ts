import type { Capability, RoleDefinitions, RoleName, Roles } from '../contract/index.ts'
import type { RegisteredRoles } from './register.ts'

/** What a mechanism has to know of a user. */
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

/** Who a request comes from: all that business code sees of a token or a session. Frozen, for requests with one token share it. */
export type CurrentUser<D extends RoleDefinitions = RegisteredRoles> = RoleChecks<D> & Identity & {
  readonly capabilities: ReadonlyArray<Capability<D>>
  can (capability: Capability<D>): boolean
  is (role: RoleName<D>): boolean
}

/** `isSubEditor()` for a role `sub-editor`, and so on; none where the roles are not known. */
type RoleChecks<D extends RoleDefinitions> = string extends keyof D ? unknown : { readonly [R in RoleName<D> as `is${PascalCase<R>}`]: () => boolean }

type PascalCase<S extends string> = S extends `${infer A}-${infer B}` | `${infer A}_${infer B}` ? `${PascalCase<A>}${PascalCase<B>}` : Capitalize<S>

/** Roles by whatever names. */
export type AnyRoles = Pick<Roles, 'names' | 'capabilitiesOf' | 'grants'>

/** What all users of one role share. */
type RolePart = Pick<CurrentUser<RoleDefinitions>, 'capabilities' | 'can' | 'is'>

/**
 * Makes users of what a mechanism knows. What a role may do is looked up once here, not for each user.
 *
 * @param roles those this edge knows; a user of any other may do nothing
 * @throws TypeError where two roles would share one `isX()`
 */
export function createUserFactory (roles: AnyRoles): (identity: Identity) => CurrentUser<RoleDefinitions> {
  const checks = new Map(roles.names.map((role) => [checkName(role), role]))
  if (checks.size < roles.names.length) throw new TypeError('two roles differ by their dashes only: they would share one isX()')
  const parts = new Map(roles.names.map((role) => [role, createRolePart(role)]))

  return function toUser ({ id, role, sessionId, issuedAt, expiresAt }) {
    const part = parts.get(role) ?? createRolePart(role)
    return Object.freeze(Object.assign(Object.create(part), { id, role, sessionId, issuedAt, expiresAt }))
  }

  function createRolePart (role: string): RolePart {
    const capabilities = new Set(roles.capabilitiesOf(role))
    const isX = Object.fromEntries([...checks].map(([name, named]) => [name, Object.freeze(() => named === role)]))
    return Object.freeze({
      ...isX,
      capabilities: Object.freeze([...capabilities]),
      can: Object.freeze((capability: string) => capabilities.has(capability)),
      is: Object.freeze((name: string) => name === role)
    })
  }
}

/** `sub-editor` to `isSubEditor`; the type `PascalCase` says the same. */
function checkName (role: string): string {
  return `is${role.split(/[-_]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`
}

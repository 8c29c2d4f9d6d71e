import type { Capability, CustomClaims, Level, RoleDefinitions, RoleName, Roles } from '../contract/index.ts'
import type { RegisteredClaims, RegisteredRoles } from './register.ts'

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
  /** NumericDate seconds: when the user last proved who they are; undefined for a machine. */
  readonly authenticatedAt?: number | undefined
  /** How: 1 a password, 2 two factors, 3 a passkey that verified the user; undefined for a machine. */
  readonly level?: Level | undefined
  /** The custom claims of the user. */
  readonly claims?: CustomClaims | undefined
  /** A ceiling of the role: the user has no other capabilities. Undefined: no ceiling. */
  readonly scope?: readonly string[] | undefined
}

/** A scope shows in what the user can do. */
type PublicIdentity = Omit<Identity, 'claims' | 'scope'>

/** Custom claims by the names that a service has registered: a user may lack each of them. */
type ClaimsOf<C> = string extends keyof C ? C : { readonly [N in keyof C]?: C[N] | undefined }

/**
 * The user who sent a request: all that business code sees of a token or a session; with the roles and the custom claims that the service
 * has registered. Frozen, because all requests with one token share
 * the same object.
 */
export type CurrentUser<D extends RoleDefinitions = RegisteredRoles, C = RegisteredClaims> = RoleChecks<D> & PublicIdentity & {
  /** Without a prototype. A user may lack any of them. */
  readonly claims: ClaimsOf<C>
  readonly capabilities: ReadonlyArray<Capability<D>>
  can (capability: Capability<D>): boolean
  is (role: RoleName<D>): boolean
}

/** For code that learns roles and capabilities at run time. */
export type AnyUser = CurrentUser<RoleDefinitions, CustomClaims>

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
type RolePrototype = Pick<AnyUser, 'capabilities' | 'can' | 'is'>

const NO_CLAIMS: CustomClaims = Object.freeze(Object.create(null))

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

  return function toUser ({ id, role, sessionId, issuedAt, expiresAt, authenticatedAt, level, claims, scope }) {
    const prototype = scope === undefined ? prototypes.get(role) ?? createRolePrototype(role) : createScopedPrototype(role, scope)
    const members = { id, role, sessionId, issuedAt, expiresAt, authenticatedAt, level, claims: freezeClaims(claims) }
    return Object.freeze(Object.assign(Object.create(prototype), members))
  }

  function createRolePrototype (role: string): RolePrototype {
    return createPrototype((name) => name === role, [...roles.getCapabilities(role)])
  }

  /** A user within a ceiling is not what their role says: code that asks for the role must not give them all of it. */
  function createScopedPrototype (role: string, scope: readonly string[]): RolePrototype {
    const granted = roles.getCapabilities(role)
    return createPrototype(() => false, scope.filter((capability) => granted.has(capability)))
  }

  function createPrototype (is: (role: string) => boolean, granted: readonly string[]): RolePrototype {
    const capabilities = new Set(granted)
    const isX = Object.fromEntries([...checks].map(([name, checked]) => [name, Object.freeze(() => is(checked))]))
    return Object.freeze({
      ...isX,
      capabilities: Object.freeze([...capabilities]),
      can: Object.freeze((capability: string) => capabilities.has(capability)),
      is: Object.freeze(is)
    })
  }
}

function freezeClaims (claims: CustomClaims | undefined): CustomClaims {
  return claims === undefined ? NO_CLAIMS : Object.freeze(Object.assign(Object.create(null), claims))
}

/** `sub-editor` to `isSubEditor`, as the type `RoleChecks` does. */
function toCheckName (role: string): string {
  return `is${role.split(/[-_]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`
}

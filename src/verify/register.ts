import type { CustomClaims, RoleDefinitions, Roles } from '../contract/index.ts'

/**
 * A service declares its roles and custom claims here, so that they type its users and what its guards allow:
 * `declare module 'gatepass/verify' { interface Register { roles: typeof roles, claims: { org_id: string } } }`, or the same for
 * `gatepass/edge`.
 */
export interface Register {}

/** The roles of `Register`, or any. */
export type RegisteredRoles = Register extends { roles: Roles<infer D> } ? D : RoleDefinitions

/** The custom claims of `Register`, or any. */
export type RegisteredClaims = Register extends { claims: infer C } ? C : CustomClaims

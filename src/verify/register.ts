import type { RoleDefinitions, Roles } from '../contract/index.ts'

/**
 * Where a service says which roles it has, so that `request.currentUser` and `allow` are typed by them:
 * `declare module 'gatepass/edge' { interface Register { roles: typeof roles } }`.
 */
export interface Register {}

/** The roles of `Register`, or any. */
export type RegisteredRoles = Register extends { roles: Roles<infer D> } ? D : RoleDefinitions

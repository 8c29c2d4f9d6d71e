import { Type, type Static } from 'typebox'
import {
  ClaimsSchema, EmailSchema, IdSchema, NewPasswordSchema, NextCursorSchema, pagingProperties, RoleSchema, toUserBody, UserSchema, type User
} from '../../accounts/index.ts'

export const IdParamsSchema = Type.Object({ id: IdSchema }, { additionalProperties: false })

export type IdParams = Static<typeof IdParamsSchema>

export const NoContentSchema = Type.Null({ description: 'Done.' })

/** A user, as admins see it. */
export const ManagedUserSchema = Type.Object({
  ...UserSchema.properties,
  claims: ClaimsSchema,
  disabled: Type.Boolean({ description: 'Whether the user cannot log in.' })
}, { additionalProperties: false, description: 'A user.' })

export type ManagedUser = Static<typeof ManagedUserSchema>

export function toManagedUser (user: User): ManagedUser {
  return { ...toUserBody(user), claims: user.claims, disabled: user.disabled }
}

export const UsersQuerySchema = Type.Object({
  email: Type.Optional(Type.String({ ...EmailSchema, description: 'The whole e-mail. Case, and white space around it, are ignored.' })),
  role: Type.Optional(RoleSchema),
  ...pagingProperties
}, { additionalProperties: false })

export type UsersQuery = Static<typeof UsersQuerySchema>

export const UsersPageSchema = Type.Object({
  users: Type.Array(ManagedUserSchema, { description: 'Newest first.' }),
  next: NextCursorSchema
}, { additionalProperties: false, description: 'A page of users.' })

export type UsersPage = Static<typeof UsersPageSchema>

export const NewUserSchema = Type.Object({
  email: EmailSchema,
  password: NewPasswordSchema,
  role: RoleSchema,
  claims: Type.Optional(ClaimsSchema)
}, { additionalProperties: false })

export type NewUser = Static<typeof NewUserSchema>

export const UserPatchSchema = Type.Object({
  role: Type.Optional(RoleSchema),
  disabled: Type.Optional(Type.Boolean({ description: 'Whether the user cannot log in; true ends all sessions of the user.' })),
  password: Type.Optional(NewPasswordSchema),
  claims: Type.Optional(ClaimsSchema),
  email: Type.Optional(EmailSchema)
}, { additionalProperties: false, minProperties: 1, description: 'New values; an absent member is not changed.' })

export type UserPatchBody = Static<typeof UserPatchSchema>

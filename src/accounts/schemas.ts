import { Type, type Static } from 'typebox'
import { ROLE_PATTERN, UUID_PATTERN } from '../contract/index.ts'
import { EMAIL_PATTERN } from './email.ts'
import { MAX_PASSWORD_LENGTH, MAX_TYPED_PASSWORD_LENGTH, PASSWORD_PATTERN } from './text.ts'
import type { User } from './user.ts'

/** As loose as it may be: `parseEmail` says what an e-mail is. */
export const EmailSchema = Type.String({
  description: 'E-mail; case does not matter, nor white space around it.', minLength: 1, maxLength: 320, pattern: EMAIL_PATTERN
})

const text = { minLength: 1, maxLength: MAX_TYPED_PASSWORD_LENGTH, pattern: PASSWORD_PATTERN, format: 'password' }
const AS_IT_IS = 'taken in NFC, with every other space as a space (RFC 8265, OpaqueString), otherwise as it is.'

/** One that exists, whatever its strength. */
export const PasswordSchema = Type.String({ description: `The password, ${AS_IT_IS}`, ...text })

export const NewPasswordSchema = Type.String({
  description: `The new password: as long as the service asks for, at most ${MAX_PASSWORD_LENGTH} characters, and none that is guessed first; ${AS_IT_IS}`,
  ...text
})

export const RoleSchema = Type.String({ description: 'The one role of the user.', pattern: ROLE_PATTERN.source })

export const IdSchema = Type.String({ description: 'A UUID.', pattern: UUID_PATTERN.source })

/** The part of a query that turns pages. */
export const paging = {
  after: Type.Optional(Type.String({ ...IdSchema, description: 'The `next` of the page before.' })),
  limit: Type.Integer({ description: 'How many at most.', minimum: 1, maximum: 200, default: 50 })
}

export const PageQuerySchema = Type.Object(paging, { additionalProperties: false })

export type PageQuery = Static<typeof PageQuerySchema>

export const NextSchema = Type.Union([Type.String({ format: 'uuid' }), Type.Null()], { description: 'The `readAfter` of the next page; null on the last.' })

/** A user as they see themselves. */
export const UserSchema = Type.Object({
  id: Type.String({ description: 'The user\'s id; it stays, and is never given to another user.', format: 'uuid' }),
  email: Type.String({ description: 'E-mail, as it was written when the account was made.' }),
  role: RoleSchema,
  created_at: Type.String({ description: 'When the account was made.', format: 'date-time' })
}, { additionalProperties: false, description: 'A user.' })

export type UserBody = Static<typeof UserSchema>

export function toUserBody ({ id, email, role, createdAt }: User): UserBody {
  return { id, email, role, created_at: createdAt.toISOString() }
}

import { Type, type Static } from 'typebox'
import { CLAIM_NAME_PATTERN, MAX_CLAIMS, MAX_CLAIMS_BYTES, ROLE_PATTERN, UUID_PATTERN, type CustomClaims } from '../contract/index.ts'
import { MAX_PASSWORD_LENGTH, MAX_TYPED_PASSWORD_LENGTH, PASSWORD_PATTERN } from '../passwords/index.ts'
import { EMAIL_PATTERN } from './email.ts'
import type { User } from './store.ts'

/** Loose: `parseEmail` decides what an e-mail is. */
export const EmailSchema = Type.String({
  description: 'E-mail. Case, and white space around it, are ignored.', minLength: 1, maxLength: 320, pattern: EMAIL_PATTERN
})

const passwordText = { minLength: 1, maxLength: MAX_TYPED_PASSWORD_LENGTH, pattern: PASSWORD_PATTERN, format: 'password' }
const PREPARATION = 'Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.'

/** An existing password, of any strength. */
export const PasswordSchema = Type.String({ description: `The password. ${PREPARATION}`, ...passwordText })

export const NewPasswordSchema = Type.String({
  description: `The new password: long enough, at most ${MAX_PASSWORD_LENGTH} characters, not easy to guess. ${PREPARATION}`,
  ...passwordText
})

export const RoleSchema = Type.String({ description: 'The role of the user.', pattern: ROLE_PATTERN.source })

/** `findCustomClaimsFault` decides; what a schema can say, it says. */
export const ClaimsSchema = Type.Unsafe<CustomClaims>(Type.Object({}, {
  description: `Custom claims: what every service learns of the user, in ${MAX_CLAIMS_BYTES} bytes of JSON.`,
  propertyNames: { pattern: CLAIM_NAME_PATTERN.source },
  additionalProperties: { type: ['string', 'integer', 'boolean'] },
  maxProperties: MAX_CLAIMS
}))

export const IdSchema = Type.String({ description: 'A UUID, in any case.', format: 'uuid' })

/** A cursor is taken as it was given. */
const CURSOR_PATTERN = UUID_PATTERN.source

/** Properties of a query string that selects a page. */
export const pagingProperties = {
  after: Type.Optional(Type.String({ description: 'The `next` of the previous page.', pattern: CURSOR_PATTERN })),
  limit: Type.Integer({ description: 'The maximum number of items.', minimum: 1, maximum: 200, default: 50 })
}

export const PageQuerySchema = Type.Object(pagingProperties, { additionalProperties: false })

export type PageQuery = Static<typeof PageQuerySchema>

export const NextCursorSchema = Type.Union([Type.String({ pattern: CURSOR_PATTERN }), Type.Null()], {
  description: 'The `after` of the next page; null on the last page.'
})

/** A user, as the user may see it. */
export const UserSchema = Type.Object({
  id: Type.String({ description: 'The id of the user. It never changes, and is never reused.', format: 'uuid' }),
  email: Type.String({ description: 'E-mail, as it was typed when the account was created.' }),
  role: RoleSchema,
  created_at: Type.String({ description: 'When the account was created.', format: 'date-time' })
}, { additionalProperties: false, description: 'A user.' })

export type UserBody = Static<typeof UserSchema>

export function toUserBody ({ id, email, role, createdAt }: User): UserBody {
  return { id, email, role, created_at: createdAt.toISOString() }
}

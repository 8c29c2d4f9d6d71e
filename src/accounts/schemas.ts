import { Type, type Static } from 'typebox'
import { CLAIM_NAME_PATTERN, MAX_CLAIMS, MAX_CLAIMS_BYTES, ROLE_PATTERN, UUID_PATTERN, type CustomClaims } from '../contract/index.ts'
import { MAX_PASSWORD_LENGTH, MAX_TYPED_PASSWORD_LENGTH, PASSWORD_PATTERN } from '../passwords/index.ts'
import { EXAMPLE_ID, LINE_OR_EMPTY_PATTERN, nullable } from '../schemas.ts'
import type { User } from './store.ts'

/** Loose: `parseEmail` decides what an e-mail is. */
export const EmailSchema = Type.String({
  description: 'E-mail. Case, and white space around it, are ignored.',
  minLength: 1,
  maxLength: 320,
  format: 'email',
  examples: ['user1@example.com']
})

const passwordText = { minLength: 1, maxLength: MAX_TYPED_PASSWORD_LENGTH, pattern: PASSWORD_PATTERN, format: 'password' }
const PREPARATION = 'Prepared as RFC 8265 (OpaqueString) says: NFC, and every kind of space as U+0020.'

export const EXAMPLE_PASSWORD = 'the password that the first start has written to its terminal'

/** An existing password, of any strength. */
export const PasswordSchema = Type.String({
  description: `The password. ${PREPARATION}`, ...passwordText, examples: [EXAMPLE_PASSWORD]
})

export const NewPasswordSchema = Type.String({
  title: 'NewPassword',
  description: `The new password: long enough, at most ${MAX_PASSWORD_LENGTH} characters, not easy to guess. ${PREPARATION}`,
  ...passwordText,
  examples: ['a long sentence of your own']
})

/** The document adds the names of those that are defined. */
export const RoleSchema = Type.String({
  title: 'Role', description: 'The role of the user.', pattern: ROLE_PATTERN.source, examples: ['user']
})

/** `findCustomClaimsFault` decides; what a schema can say, it says. */
export const ClaimsSchema = Type.Unsafe<CustomClaims>(Type.Object({}, {
  title: 'Claims',
  description: `Custom claims: what every service learns of the user, in ${MAX_CLAIMS_BYTES} bytes of JSON.`,
  propertyNames: { pattern: CLAIM_NAME_PATTERN.source },
  additionalProperties: {
    type: ['string', 'integer', 'boolean'],
    pattern: LINE_OR_EMPTY_PATTERN,
    maxLength: MAX_CLAIMS_BYTES,
    minimum: Number.MIN_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER
  },
  maxProperties: MAX_CLAIMS,
  examples: [{ organisation: 'org_17' }]
}))

export const IdSchema = Type.String({ description: 'A UUID, in any case.', format: 'uuid', examples: [EXAMPLE_ID] })

/** A cursor is taken as it was given. */
const CURSOR_PATTERN = UUID_PATTERN.source

/** Properties of a query string that selects a page. */
export const pagingProperties = {
  after: Type.Optional(Type.String({ description: 'The `next` of the previous page.', pattern: CURSOR_PATTERN })),
  limit: Type.Integer({ description: 'The maximum number of items.', minimum: 1, maximum: 200, default: 50, format: 'int32' })
}

export const PageQuerySchema = Type.Object(pagingProperties, { additionalProperties: false })

export type PageQuery = Static<typeof PageQuerySchema>

export const NextCursorSchema = nullable(Type.String({
  description: 'The `after` of the next page; null on the last page.', pattern: CURSOR_PATTERN, examples: [EXAMPLE_ID]
}))

/** Properties of a user, as the user may see them. */
export const userProperties = {
  id: Type.String({ description: 'The id of the user. It never changes, and is never reused.', format: 'uuid', examples: [EXAMPLE_ID] }),
  // Not `format: email`, for which many clients accept ASCII only.
  email: Type.String({ description: 'E-mail, as it was typed when the account was created.', examples: ['user1@example.com'] }),
  role: RoleSchema,
  created_at: Type.String({ description: 'When the account was created.', format: 'date-time', examples: ['2026-01-01T00:00:00.000Z'] })
}

/** A property of a user, as the user and admins may see it. */
export const verifiedProperty = {
  email_verified_at: nullable(Type.String({
    description: 'When somebody first proved to read the mailbox of the e-mail; null: nobody has.',
    format: 'date-time',
    examples: ['2026-01-01T00:00:00.000Z']
  }))
}

export type UserBody = Static<Type.TObject<typeof userProperties>>

export function toUserBody ({ id, email, role, createdAt }: User): UserBody {
  return { id, email, role, created_at: createdAt.toISOString() }
}

export function toVerifiedBody ({ emailVerifiedAt }: User): { email_verified_at: string | null } {
  return { email_verified_at: emailVerifiedAt?.toISOString() ?? null }
}

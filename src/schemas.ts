// Schemas that several parts share. The OpenAPI document makes a component of every schema with a `title`: its name.
import { Type, type Static, type TSchema } from 'typebox'
import { ALGORITHMS, JWK_FORMATS } from './contract/index.ts'

/** A UUIDv7, for examples. */
export const EXAMPLE_ID = '0198c1d5-7a2b-7c3d-8e4f-5a6b7c8d9e0f'

export const MAX_INT32 = 2 ** 31 - 1

/**
 * Text without control characters. Patterns of schemas are portable: JavaScript with and without `u`, Python, Java, Go and Rust read them
 * alike, so that generated clients check what we check.
 */
export const LINE_PATTERN = '^[^\\x00-\\x1F\\x7F-\\x9F]+$'

export const LINE_OR_EMPTY_PATTERN = '^[^\\x00-\\x1F\\x7F-\\x9F]*$'

/** The same schema, or null: without a union, which generated clients give names of their own. */
export function nullable<T extends TSchema & { type: string }> (schema: T) {
  return Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, 'null'] })
}

/** Text that is one of these values. */
export function oneOf<const V extends string> (values: readonly V[], options: Readonly<Record<string, unknown>>) {
  return Type.Unsafe<V>(Type.String({ ...options, enum: [...values] }))
}

/** Whole seconds since 1970 (RFC 7519 2), until the year 9999. */
export function numericDate (description: string) {
  return Type.Integer({ description, minimum: 0, maximum: 253_402_300_799, format: 'int64', examples: [1_767_225_600] })
}

const value = (description: string) => Type.Optional(Type.String({ description, pattern: '^[A-Za-z0-9_-]+$', maxLength: 2731 }))

/** What `parsePublicJwk` accepts is stricter: each algorithm has its own members. */
const PublicKeySchema = Type.Object({
  kid: Type.String({ description: 'The key\'s id, as in the header of tokens.', maxLength: 256, examples: ['8f14e45fceea167a'] }),
  alg: oneOf(ALGORITHMS, { description: 'The only algorithm that the key is used with.' }),
  use: oneOf(['sig'], { description: 'For signatures only.' }),
  kty: oneOf(ALGORITHMS.map((alg) => JWK_FORMATS[alg].fixed.kty), {
    description: 'The type of the key, which its other members depend on.'
  }),
  crv: Type.Optional(oneOf(['P-256', 'Ed25519'], { description: 'The curve of an EC or OKP key.' })),
  x: value('The x coordinate of an EC key, or the public key of an OKP key, in base64url.'),
  y: value('The y coordinate of an EC key, in base64url.'),
  n: value('The modulus of an RSA key, in base64url.'),
  e: value('The exponent of an RSA key, in base64url.')
}, {
  title: 'PublicKey', additionalProperties: false, description: 'A public key for signatures of one algorithm (RFC 7517, 7518 6, 8037).'
})

export const PublicKeysSchema = Type.Object({
  keys: Type.Array(PublicKeySchema, {
    description: 'The key that signs now, those that will sign, and those of tokens that have not expired.'
  })
}, { title: 'PublicKeys', additionalProperties: false, description: 'The public keys (RFC 7517 5).' })

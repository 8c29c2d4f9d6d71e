/**
 * The public keys of each algorithm (RFC 7518 6, RFC 8037 2): the fixed members, and those that hold the value. The type, the parser,
 * the strength checks and the JWKS schema all follow from this table.
 */
export const JWK_FORMATS = {
  ES256: { fixed: { kty: 'EC', crv: 'P-256' }, values: ['x', 'y'] },
  EdDSA: { fixed: { kty: 'OKP', crv: 'Ed25519' }, values: ['x'] },
  RS256: { fixed: { kty: 'RSA' }, values: ['n', 'e'] }
} as const

type Formats = typeof JWK_FORMATS

export type Algorithm = keyof Formats

export const ALGORITHMS: readonly Algorithm[] = ['ES256', 'EdDSA', 'RS256']

/** A public signing key as the JWKS has it (RFC 7517): exactly the public members, one algorithm, one use. */
export type PublicJwk = {
  [A in Algorithm]: { kid: string, alg: A, use: 'sig' } & Formats[A]['fixed'] & Record<Formats[A]['values'][number], string>
}[Algorithm]

type Members = Readonly<Record<string, unknown>>

const MAX_KID_LENGTH = 256
// The modulus of an RSA key of 16,384 bits has 2731 characters.
const BASE64URL = /^[\w-]{1,2731}$/

/** @returns the format of a key whose `alg`, `kty` and `crv` belong together; undefined for any other */
export function findJwkFormat (jwk: Members): Formats[Algorithm] | undefined {
  const format = ALGORITHMS.filter((alg) => alg === jwk.alg).map((alg) => JWK_FORMATS[alg])[0]
  return format !== undefined && Object.entries(format.fixed).every(([name, value]) => jwk[name] === value) ? format : undefined
}

/**
 * Reads a public key member by member. Other members are left out, so a private one is never published.
 *
 * @param jwk of any kind
 * @returns undefined where the key is not for signatures of one of our algorithms
 * @throws TypeError for a malformed member
 */
export function parsePublicJwk (jwk: Members): PublicJwk | undefined {
  if (jwk.use !== 'sig') return undefined
  const { kid } = jwk
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) throw new TypeError('a key has no valid "kid"')
  const format = findJwkFormat(jwk)
  if (format === undefined) return undefined
  const names = ['kid', 'alg', 'use', ...Object.keys(format.fixed), ...format.values]
  const parsed = Object.fromEntries(names.map((name) => [name, jwk[name]]))
  return hasValues(parsed, format.values) ? parsed : undefined
}

/** @throws TypeError for a value that is not base64url */
function hasValues (jwk: Members, names: readonly string[]): jwk is PublicJwk {
  for (const name of names) {
    const value = jwk[name]
    if (typeof value !== 'string' || !BASE64URL.test(value)) throw new TypeError(`a key has no valid "${name}"`)
  }
  return true
}

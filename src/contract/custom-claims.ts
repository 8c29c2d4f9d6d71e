/** What a team wants to know of a user at every edge, such as the id of an organisation: data, set by admins. */
export type CustomClaims = Readonly<Record<string, string | number | boolean>>

/** A rule of custom claims that is broken, and by which member. */
interface Fault {
  /** The name of the member; undefined: the whole. */
  name?: string
  message: string
}

export const CLAIM_NAME_PATTERN = /^[a-z][a-z0-9_]{0,31}$/
export const MAX_CLAIMS = 8
/** Of compact JSON in UTF-8: every token of the user carries it. */
export const MAX_CLAIMS_BYTES = 96

// A lone surrogate has no UTF-8, and a control character has no business in a claim.
const UNSAFE_TEXT = /[\p{Cc}\p{Cs}]/u

/**
 * Checks custom claims, for the issuer that stores them and for the edge that receives them.
 *
 * @param claims of any kind
 * @returns undefined where they are an object of at most 8 members with short names, each text, a safe integer or a boolean, in 96 bytes
 */
export function findCustomClaimsFault (claims: unknown): Fault | undefined {
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) return { message: 'must be an object' }
  const members = Object.entries(claims)
  if (members.length > MAX_CLAIMS) return { message: `must have at most ${MAX_CLAIMS} members` }
  for (const [name, value] of members) {
    if (!CLAIM_NAME_PATTERN.test(name)) return { message: `must have names that match ${CLAIM_NAME_PATTERN.source}` }
    if (!isClaimValue(value)) return { name, message: 'must be text without control characters, a whole number, or true or false' }
  }
  const bytes = Buffer.byteLength(JSON.stringify(claims))
  return bytes > MAX_CLAIMS_BYTES ? { message: `must have at most ${MAX_CLAIMS_BYTES} bytes as JSON, but has ${bytes}` } : undefined
}

/** Whether two custom claims are the same, in any order of their members. */
export function areSameClaims (a: CustomClaims, b: CustomClaims): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name])
}

function isClaimValue (value: unknown): boolean {
  return typeof value === 'string' ? !UNSAFE_TEXT.test(value) : typeof value === 'boolean' || Number.isSafeInteger(value)
}

import { parsePublicJwk, type PublicJwk } from '../../contract/index.ts'
import { isRecord } from '../access-token.ts'

// RFC 7518 6: members of private and of symmetric keys.
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
// At the shortest rotation interval, 67 keys may have signed tokens that have not expired.
const MAX_KEYS = 256

/**
 * Reads a key set (RFC 7517 5) member by member. Keys of unknown kinds or for other uses are skipped, as the RFC asks. A malformed
 * key makes the whole set invalid.
 *
 * @param value parsed JSON
 * @returns keys that have the members of their kind; `createVerifyingKey` decides whether they can be used
 * @throws TypeError for a set with a malformed key, two keys of one id, or a private member
 */
export function parseJwks (value: unknown): PublicJwk[] {
  if (!isRecord(value) || !Array.isArray(value.keys)) throw new TypeError('it holds no list of keys')
  const entries: readonly unknown[] = value.keys
  if (entries.length > MAX_KEYS) throw new TypeError(`it holds more than ${MAX_KEYS} keys`)
  const keys = entries.map(parseJwk).filter((key) => key !== undefined)
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw new TypeError('it holds two keys of one id')
  return keys
}

/** @returns undefined for a key that is not for verifying tokens */
function parseJwk (jwk: unknown): PublicJwk | undefined {
  if (!isRecord(jwk)) throw new TypeError('it holds something that is no key')
  if (PRIVATE_MEMBERS.some((member) => member in jwk)) throw new TypeError('it holds a key with private members')
  return allowsVerifying(jwk.key_ops) ? parsePublicJwk(jwk) : undefined
}

/** RFC 7517 4.3: `key_ops`, if present, must include `verify`. */
function allowsVerifying (operations: unknown): boolean {
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'))
}

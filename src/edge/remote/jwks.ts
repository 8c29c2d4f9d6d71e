import { parsePublicJwk, type PublicJwk } from '../../contract/index.ts'
import { isRecord } from '../../verify/index.ts'

// RFC 7518 6: what only whoever signs may know.
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
// At the shortest rotation interval, 67 keys may have signed tokens that are still alive.
const MAX_KEYS = 256

/**
 * Reads a key set (RFC 7517 5) member by member. What is no key of a known kind for signatures is passed over, as the RFC asks;
 * anything that should not be is a reason to believe none of it.
 *
 * @param value what its JSON says
 * @returns keys that have what their kind needs; whether they are good is for `createVerifyingKey` to say
 * @throws TypeError for a set with a malformed key, two keys of one id, or a private member
 */
export function parseJwks (value: unknown): PublicJwk[] {
  if (!isRecord(value) || !Array.isArray(value.keys)) throw new TypeError('it holds no list of keys')
  const listed: readonly unknown[] = value.keys
  if (listed.length > MAX_KEYS) throw new TypeError(`it holds more than ${MAX_KEYS} keys`)
  const keys = listed.map(parseJwk).filter((key) => key !== undefined)
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw new TypeError('it holds two keys of one id')
  return keys
}

/** Undefined for a key that is not for us. */
function parseJwk (jwk: unknown): PublicJwk | undefined {
  if (!isRecord(jwk)) throw new TypeError('it holds something that is no key')
  if (PRIVATE_MEMBERS.some((member) => member in jwk)) throw new TypeError('it holds a key with private members')
  return allowsVerifying(jwk.key_ops) ? parsePublicJwk(jwk) : undefined
}

/** RFC 7517 4.3: where it is said what a key may be used for, it must be this. */
function allowsVerifying (operations: unknown): boolean {
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'))
}

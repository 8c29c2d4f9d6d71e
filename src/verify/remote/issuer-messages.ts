import {
  parsePublicJwk, UUID_PATTERN, type FeedDocument, type FeedHeartbeat, type FeedKeys, type FeedSnapshot, type PublicJwk,
  type RefreshRequired, type SessionRevoked
} from '../../contract/index.ts'
import { isRecord } from '../access-token.ts'

// Parsers of what the issuer sends. Each takes parsed JSON, and throws TypeError unless it has the form of the contract.

// RFC 7518 6: members of private and of symmetric keys.
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']
// At the shortest rotation interval, 67 keys may have signed tokens that have not expired.
const MAX_KEYS = 256
const MAX_KID_LENGTH = 256
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

export function parseSnapshot (value: unknown): FeedSnapshot {
  const { last } = parseRecord(value, 'a snapshot')
  if (typeof last !== 'boolean') throw new TypeError('a snapshot does not say whether it is the last part')
  return { ...parseState(value), last }
}

export function parseDocument (value: unknown): FeedDocument {
  const { cursor } = parseRecord(value, 'the feed')
  if (typeof cursor !== 'string' || cursor === '') throw new TypeError('the feed has no cursor')
  return { ...parseState(value), cursor }
}

export function parseHeartbeat (value: unknown): FeedHeartbeat {
  return { as_of: parseAsOf(parseRecord(value, 'a heartbeat').as_of) }
}

export function parseRevoked (value: unknown): SessionRevoked {
  const { sid, exp } = parseRecord(value, 'a revoked session')
  return { sid: parseUuid(sid, 'sid'), exp: parseNumericDate(exp, 'exp') }
}

export function parseRefreshRequired (value: unknown): RefreshRequired {
  const { sub, before, exp } = parseRecord(value, 'a required refresh')
  return {
    ...(sub !== undefined && { sub: parseUuid(sub, 'sub') }),
    before: parseNumericDate(before, 'before'),
    exp: parseNumericDate(exp, 'exp')
  }
}

export function parseKeys (value: unknown): FeedKeys {
  const { jwks, revoked } = parseRecord(value, 'the keys')
  return { jwks: { keys: parseJwks(jwks) }, revoked: parseList(revoked, 'revoked keys').map(parseKid) }
}

/** @returns the same text */
export function parseAsOf (value: unknown): string {
  if (typeof value !== 'string' || !RFC_3339.test(value) || Number.isNaN(Date.parse(value))) throw new TypeError('as_of is no time')
  return value
}

function parseState (value: unknown): Omit<FeedSnapshot, 'last'> {
  const state = parseRecord(value, 'the feed')
  return {
    as_of: parseAsOf(state.as_of),
    revoked: parseList(state.revoked, 'revoked sessions').map(parseRevoked),
    refresh_required: parseList(state.refresh_required, 'required refreshes').map(parseRefreshRequired),
    keys: parseKeys(state.keys)
  }
}

function parseKid (kid: unknown): string {
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) throw new TypeError('a revoked key has no id')
  return kid
}

function parseRecord (value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new TypeError(`${what} is no object`)
  return value
}

function parseList (value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`there is no list of ${what}`)
  return value
}

function parseUuid (value: unknown, what: string): string {
  if (typeof value !== 'string' || !UUID_PATTERN.test(value)) throw new TypeError(`${what} is no UUID`)
  return value
}

function parseNumericDate (value: unknown, what: string): number {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw new TypeError(`${what} is no NumericDate`)
  return Number(value)
}

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

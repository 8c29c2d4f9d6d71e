import { UUID_PATTERN, type FeedDocument, type FeedHeartbeat, type FeedKeys, type FeedSnapshot, type RefreshRequired, type SessionRevoked } from '../../contract/index.ts'
import { parseJwks } from './jwks.ts'
import { isRecord } from '../../verify/index.ts'

// Parsers of what the feed says: each takes JSON, and throws TypeError for anything but what the contract has.

const MAX_KID_LENGTH = 256
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

export function parseSnapshot (value: unknown): FeedSnapshot {
  const { last } = record(value, 'a snapshot')
  if (typeof last !== 'boolean') throw new TypeError('a snapshot does not say whether it is the last part')
  return { ...parseState(value), last }
}

export function parseDocument (value: unknown): FeedDocument {
  const { cursor } = record(value, 'the feed')
  if (typeof cursor !== 'string' || cursor === '') throw new TypeError('the feed has no cursor')
  return { ...parseState(value), cursor }
}

export function parseHeartbeat (value: unknown): FeedHeartbeat {
  return { as_of: parseAsOf(record(value, 'a heartbeat').as_of) }
}

export function parseRevoked (value: unknown): SessionRevoked {
  const { sid, exp } = record(value, 'a revoked session')
  return { sid: uuid(sid, 'sid'), exp: numericDate(exp, 'exp') }
}

export function parseRefreshRequired (value: unknown): RefreshRequired {
  const { sub, before, exp } = record(value, 'a required refresh')
  return { ...(sub !== undefined && { sub: uuid(sub, 'sub') }), before: numericDate(before, 'before'), exp: numericDate(exp, 'exp') }
}

export function parseKeys (value: unknown): FeedKeys {
  const { jwks, revoked } = record(value, 'the keys')
  return { jwks: { keys: parseJwks(jwks) }, revoked: list(revoked, 'revoked keys').map(parseKid) }
}

/** @returns the same text, of a time that can be told */
export function parseAsOf (value: unknown): string {
  if (typeof value !== 'string' || !RFC_3339.test(value) || Number.isNaN(Date.parse(value))) throw new TypeError('as_of is no time')
  return value
}

function parseState (value: unknown): Omit<FeedSnapshot, 'last'> {
  const state = record(value, 'the feed')
  return {
    as_of: parseAsOf(state.as_of),
    revoked: list(state.revoked, 'revoked sessions').map(parseRevoked),
    refresh_required: list(state.refresh_required, 'required refreshes').map(parseRefreshRequired),
    keys: parseKeys(state.keys)
  }
}

function parseKid (kid: unknown): string {
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KID_LENGTH) throw new TypeError('a revoked key has no id')
  return kid
}

function record (value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (!isRecord(value)) throw new TypeError(`${what} is no object`)
  return value
}

function list (value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`there is no list of ${what}`)
  return value
}

function uuid (value: unknown, what: string): string {
  if (typeof value !== 'string' || !UUID_PATTERN.test(value)) throw new TypeError(`${what} is no UUID`)
  return value
}

function numericDate (value: unknown, what: string): number {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw new TypeError(`${what} is no NumericDate`)
  return Number(value)
}

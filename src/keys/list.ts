import { Type, type Static } from 'typebox'
import { nullable, oneOf } from '../schemas.ts'
import type { RowRejection } from './key-macs.ts'
import { MAX_REJECTED, toPrintableKid } from './rejected-keys.ts'
import { nextRotationAt, stateAt, type KeyState, type Timing } from './schedule.ts'
import type { KeyringState } from './store.ts'

/** The keyring and its schedule, for operators. Contains nothing of a private key. */
export interface KeyListing {
  /** The database's time. */
  asOf: Date
  /** Newest first, revoked keys included, expired ones not. */
  keys: ListedKey[]
  /** Rows that are not bound to SECRET_KEYS, a hundred at most. */
  rejected: RejectedRow[]
  /** When the next rotation is due: the standby is scheduled, and another key is published. */
  nextRotationAt: Date
}

interface ListedKey {
  kid: string
  algorithm: string
  state: ListedState
  publishedAt: Date
  signsFrom: Date | null
  verifiesUntil: Date | null
  revokedAt: Date | null
}

export interface RejectedRow {
  /** Printable, see `toPrintableKid`. */
  kid: string
  reason: RowRejection
}

type ListedState = Exclude<KeyState, 'expired'>

const REASONS: readonly RowRejection[] = ['malformed', 'unknown_secret', 'wrong_mac']
const STATES: readonly ListedState[] = ['standby', 'signing', 'verifying', 'revoked']

const time = { format: 'date-time', examples: ['2026-01-01T00:00:00.000Z'] }
const EXAMPLE_KID = '8f14e45fceea167a'

const KeySchema = Type.Object({
  kid: Type.String({ description: 'The key\'s id, as in the header of tokens.', examples: [EXAMPLE_KID] }),
  algorithm: Type.String({ description: 'The one algorithm it is used with.', examples: ['ES256'] }),
  state: oneOf(STATES, {
    description: 'Whether it will sign next, signs now, only verifies older tokens, or is not trusted any more.'
  }),
  published_at: Type.String({ description: 'When it was published.', ...time }),
  signs_from: nullable(Type.String({ description: 'When it begins to sign; null for a standby.', ...time })),
  verifies_until: nullable(Type.String({ description: 'When it leaves the JWKS; null while it has no successor.', ...time })),
  revoked_at: nullable(Type.String({ description: 'When it was revoked.', ...time }))
}, { title: 'SigningKey', additionalProperties: false, description: 'A signing key.' })

const RejectedSchema = Type.Object({
  kid: Type.String({ description: 'The id that the row has.', examples: [EXAMPLE_KID] }),
  reason: oneOf(REASONS, {
    description: 'The row is no valid key, names an unknown secret, or was changed by somebody without SECRET_KEYS.'
  })
}, { title: 'RejectedKey', additionalProperties: false, description: 'A row of the table that this service did not write.' })

export const KeyringSchema = Type.Object({
  as_of: Type.String({ description: 'The database\'s time, which all times here are measured in.', ...time }),
  next_rotation_at: Type.String({ description: 'When the next rotation is due.', ...time }),
  keys: Type.Array(KeySchema, { description: 'Newest first.' }),
  rejected: Type.Array(RejectedSchema, {
    description: 'Rows that are not bound to SECRET_KEYS and not trusted; a hundred at most. Empty unless the database was tampered with.'
  })
}, { title: 'Keyring', additionalProperties: false, description: 'The keyring and its schedule.' })

export type KeyringBody = Static<typeof KeyringSchema>

/** @returns all keys that are published or revoked */
export function toKeyListing ({ keys, rejected, now }: KeyringState, timing: Timing): KeyListing {
  const listed = keys.flatMap((key): ListedKey[] => {
    const state = stateAt(key, keys, now)
    const { kid, algorithm, publishedAt, signsFrom, verifiesUntil, revokedAt } = key
    if (state === 'expired') return []
    const times = { signsFrom: toDate(signsFrom), verifiesUntil: toDate(verifiesUntil), revokedAt: toDate(revokedAt) }
    return [{ kid, algorithm, state, publishedAt: new Date(publishedAt), ...times }]
  })
  return {
    asOf: new Date(now),
    nextRotationAt: new Date(Math.max(now, nextRotationAt(keys, timing))),
    keys: listed.reverse(),
    rejected: rejected.slice(0, MAX_REJECTED).map(({ kid, reason }) => ({ kid: toPrintableKid(kid), reason }))
  }
}

export function toKeyringBody ({ asOf, nextRotationAt, keys, rejected }: KeyListing): KeyringBody {
  return {
    as_of: asOf.toISOString(),
    next_rotation_at: nextRotationAt.toISOString(),
    keys: keys.map(({ kid, algorithm, state, publishedAt, signsFrom, verifiesUntil, revokedAt }) => ({
      kid,
      algorithm,
      state,
      published_at: publishedAt.toISOString(),
      signs_from: signsFrom?.toISOString() ?? null,
      verifies_until: verifiesUntil?.toISOString() ?? null,
      revoked_at: revokedAt?.toISOString() ?? null
    })),
    rejected
  }
}

function toDate (time: number | undefined): Date | null {
  return time === undefined ? null : new Date(time)
}

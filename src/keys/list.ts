import { Type, type Static } from 'typebox'
import type { Rejection } from './key-macs.ts'
import { toShownKid } from './key-rows.ts'
import { MAX_REJECTED } from './repairs.ts'
import type { Reading } from './store.ts'
import { dueAt, stateAt, type KeyState, type Timing } from './schedule.ts'

/** The keyring and its timetable, for those who run the service. Nothing of a private key. */
export interface KeyListing {
  /** The database's time. */
  asOf: Date
  /** The newest first; the revoked ones too. */
  keys: ListedKey[]
  /** Rows that are not bound to SECRET_KEYS, a hundred at most: nothing trusts them. */
  rejected: RejectedRow[]
  /** When the next rotation is prepared: another key is published, and the one that stands by is given its time to sign. */
  nextRotationAt: Date
}

export interface ListedKey {
  kid: string
  algorithm: string
  state: ListedState
  publishedAt: Date
  signsFrom: Date | null
  verifiesUntil: Date | null
  revokedAt: Date | null
}

export interface RejectedRow {
  /** As it may be shown. */
  kid: string
  reason: Rejection
}

type ListedState = Exclude<KeyState, 'expired'>

const REASONS: readonly Rejection[] = ['malformed', 'unknown_secret', 'wrong_mac']

const STATES: readonly ListedState[] = ['standby', 'signing', 'verifying', 'revoked']

const maybeTime = (description: string) => Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description })

const KeySchema = Type.Object({
  kid: Type.String({ description: 'The key\'s id, as in the header of tokens.' }),
  algorithm: Type.String({ description: 'The one algorithm it is used with.' }),
  state: Type.Unsafe<ListedState>(Type.String({ description: 'Whether it will sign, signs, only verifies what it has signed, or is never trusted again.', enum: [...STATES] })),
  published_at: Type.String({ description: 'Since when it is published.', format: 'date-time' }),
  signs_from: maybeTime('From when on it signs; null while that is open.'),
  verifies_until: maybeTime('Until when it is published; null while no other key is to follow it.'),
  revoked_at: maybeTime('When it was revoked.')
}, { additionalProperties: false, description: 'A signing key.' })

const RejectedSchema = Type.Object({
  kid: Type.String({ description: 'What the row calls itself.' }),
  reason: Type.Unsafe<Rejection>(Type.String({ description: 'Whether it is no key at all, names a secret that is not among SECRET_KEYS, or was changed by somebody without them.', enum: [...REASONS] }))
}, { additionalProperties: false, description: 'A row of the table that was not written by this service.' })

export const KeyringSchema = Type.Object({
  as_of: Type.String({ description: 'The time of the database, which all times here are of.', format: 'date-time' }),
  next_rotation_at: Type.String({ description: 'When the next rotation is prepared.', format: 'date-time' }),
  keys: Type.Array(KeySchema, { description: 'The newest first.' }),
  rejected: Type.Array(RejectedSchema, { description: 'Rows that nothing trusts, for they are not bound to SECRET_KEYS: a hundred of them at most. Empty unless somebody has written to the database.' })
}, { additionalProperties: false, description: 'The keyring and its timetable.' })

export type KeyringBody = Static<typeof KeyringSchema>

/** @returns what there is to say of keys that are published or revoked */
export function listingOf ({ keys, rejected, now }: Reading, timing: Timing): KeyListing {
  const listed = keys.flatMap((key): ListedKey[] => {
    const state = stateAt(key, keys, now)
    const { kid, algorithm, publishedAt, signsFrom, verifiesUntil, revokedAt } = key
    if (state === 'expired') return []
    return [{ kid, algorithm, state, publishedAt: new Date(publishedAt), signsFrom: toDate(signsFrom), verifiesUntil: toDate(verifiesUntil), revokedAt: toDate(revokedAt) }]
  })
  return { asOf: new Date(now), nextRotationAt: new Date(Math.max(now, dueAt(keys, timing))), keys: listed.reverse(), rejected: rejected.slice(0, MAX_REJECTED).map(({ kid, reason }) => ({ kid: toShownKid(kid), reason })) }
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

import { Type, type Static } from 'typebox'
import { type Reading } from './store.ts'
import { dueAt, stateAt, type KeyState, type Timing } from './timetable.ts'

/** The keyring and its timetable, for those who run the service. Nothing of a private key. */
export interface KeyListing {
  /** The database's time. */
  asOf: Date
  /** The newest first; the revoked ones too. */
  keys: ListedKey[]
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

type ListedState = Exclude<KeyState, 'expired'>

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

export const KeyringSchema = Type.Object({
  as_of: Type.String({ description: 'The time of the database, which all times here are of.', format: 'date-time' }),
  next_rotation_at: Type.String({ description: 'When the next rotation is prepared.', format: 'date-time' }),
  keys: Type.Array(KeySchema, { description: 'The newest first.' })
}, { additionalProperties: false, description: 'The keyring and its timetable.' })

export type KeyringBody = Static<typeof KeyringSchema>

/** @returns what there is to say of keys that are published or revoked */
export function listingOf ({ keys, now }: Reading, timing: Timing): KeyListing {
  const listed = keys.flatMap((key): ListedKey[] => {
    const state = stateAt(key, keys, now)
    const { kid, algorithm, publishedAt, signsFrom, verifiesUntil, revokedAt } = key
    if (state === 'expired') return []
    return [{ kid, algorithm, state, publishedAt: new Date(publishedAt), signsFrom: toDate(signsFrom), verifiesUntil: toDate(verifiesUntil), revokedAt: toDate(revokedAt) }]
  })
  return { asOf: new Date(now), nextRotationAt: new Date(Math.max(now, dueAt(keys, timing))), keys: listed.reverse() }
}

export function toKeyringBody ({ asOf, nextRotationAt, keys }: KeyListing): KeyringBody {
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
    }))
  }
}

function toDate (time: number | undefined): Date | null {
  return time === undefined ? null : new Date(time)
}

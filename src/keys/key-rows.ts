import type { Selectable } from 'kysely'
import { ALGORITHMS, type PublicJwk } from '../contract/index.ts'
import { toDate, type Tables } from '../database/index.ts'
import type { KeyMacs, Mac, Rejection } from './key-macs.ts'
import { KID_PATTERN, parsePublicJwk } from './key-pair.ts'
import type { TimedKey } from './schedule.ts'

/** A signing key as it is kept, its MAC found to be good. */
export interface StoredKey extends TimedKey, Mac {
  readonly purpose: string
  readonly publicJwk: PublicJwk
  /** Sealed; null once it will not sign any more. */
  readonly privateJwe: string | null
}

/** A row that nothing may be taken from, for it is not bound to SECRET_KEYS. */
export interface RejectedKey {
  readonly kid: string
  readonly reason: Rejection
  /** What it says of itself: true can only deny. */
  readonly isRevoked: boolean
  readonly purpose: string
  /** Undefined where it has none that could be one of ours. */
  readonly publicJwk: PublicJwk | undefined
}

type KeyTime = 'created_at' | 'published_at' | 'signs_from' | 'verifies_until' | 'revoked_at'

/** Times are epoch milliseconds as text, see `epochMs`. */
export interface KeyRow extends Omit<Selectable<Tables['signing_keys']>, KeyTime> {
  published_ms: string
  signs_ms: string | null
  verified_ms: string | null
  revoked_ms: string | null
}

/** What is kept for the timetable. */
type Times = Pick<StoredKey, 'publishedAt' | 'signsFrom' | 'verifiesUntil' | 'revokedAt'>

const SHOWN_LENGTH = 64

/** Reads a row as what it is: nothing that it says may keep another one from being read. */
export function readRow (row: KeyRow, macs: KeyMacs): { key: StoredKey } | { rejected: RejectedKey } {
  const { kid, purpose, mac, mac_key_id: macKeyId, private_jwe: privateJwe } = row
  const isRevoked = row.revoked_ms !== null
  const parsed = parse(row)
  if (parsed === undefined) return { rejected: { kid, reason: 'malformed', isRevoked, purpose, publicJwk: undefined } }
  const { publicJwk, times } = parsed
  const fault = macs.findFault({ purpose, publicJwk, isRevoked }, { mac, macKeyId })
  if (fault !== undefined) return { rejected: { kid, reason: fault, isRevoked, purpose, publicJwk } }
  return { key: { kid, algorithm: publicJwk.alg, purpose, publicJwk, privateJwe, mac, macKeyId, ...times } }
}

/** @returns a kid as it may be shown to anybody, however it is written */
export function toShownKid (kid: string): string {
  return kid.slice(0, SHOWN_LENGTH).replace(/[^\w.-]/g, '?')
}

function parse (row: KeyRow): { publicJwk: PublicJwk, times: Times } | undefined {
  const { kid } = row
  const algorithm = ALGORITHMS.find((name) => name === row.algorithm)
  if (algorithm === undefined || !KID_PATTERN.test(kid)) return undefined
  try {
    const publicJwk = parsePublicJwk({ ...row.public_jwk, kid, alg: algorithm })
    const times = {
      publishedAt: toTime(row.published_ms),
      signsFrom: toMaybeTime(row.signs_ms),
      verifiesUntil: toMaybeTime(row.verified_ms),
      revokedAt: toMaybeTime(row.revoked_ms)
    }
    return { publicJwk, times }
  } catch {
    return undefined
  }
}

/** It may be "Infinity", or what no Date can hold. */
function toTime (value: string): number {
  const time = toDate(value).getTime()
  if (!Number.isFinite(time)) throw new TypeError('a time of the timetable is none')
  return time
}

function toMaybeTime (value: string | null): number | undefined {
  return value === null ? undefined : toTime(value)
}

// What the statements of login, refresh and step-up share: how long tokens and sessions live, and when and how a user was authenticated.
import { CLOCK_LEEWAY_SECONDS, ISSUED_AHEAD_SECONDS, type Level } from '../contract/index.ts'
import type { RotationTimings } from './rotation-policy.ts'

/** How long tokens and sessions live. */
export interface Lifetimes {
  readonly accessTtlSeconds: number
  /** A session ends when it is not refreshed for this long. */
  readonly sessionIdleSeconds: number
  /** A session ends this long after its login, even if it is refreshed. */
  readonly sessionMaxSeconds: number
  readonly rotation: RotationTimings
}

/** When and how the user of a session, or of one token, was authenticated. */
export interface Authentication {
  /** NumericDate, by the database's clock. */
  authenticatedAt: number
  level: Level
}

/** The columns of `authenticationSql`. */
export interface AuthenticationRow {
  auth_time: string
  level: Level
}

/** The level of a password alone. */
export const PASSWORD_LEVEL: Level = 1

/**
 * How far a not-before, and so the `iat` of new tokens, may be ahead of the clock: edges accept 5 s, and need some of that for their own
 * clocks. The global one is ahead of those of users.
 */
export const USER_AHEAD_SECONDS = 2
export const GLOBAL_AHEAD_SECONDS = ISSUED_AHEAD_SECONDS

/** The `iat` of a token, for the statement that reads the role. Its scope must have the user's `tokens_valid_from`. */
export const ISSUED_AT_SQL = `greatest(floor(extract(epoch from statement_timestamp()))::bigint, tokens_valid_from,
  (select tokens_valid_from from global_state))`

/** Of a session: when it was authenticated. An earlier release did not write it. */
export const AUTHENTICATED_AT_SQL = 'coalesce(authenticated_at, sessions.created_at)'

/** Only the day: a finer time would show a thief when the victim refreshes. Its scope must have `now`. */
export const TODAY_SQL = "(now at time zone 'utc')::date"

/**
 * When every edge rejects the last access token of a session that rotates `now`: the same successor, with a new access token, is handed out
 * until the window closes.
 */
export function accessUntilSql ({ accessTtlSeconds, rotation }: Lifetimes): string {
  return untilRejectedSql(accessTtlSeconds + rotation.windowSeconds)
}

/** When every edge rejects a token that is issued `now` and lives so long. */
export function untilRejectedSql (lifetimeSeconds: number): string {
  return `now + ${intervalSql(lifetimeSeconds + GLOBAL_AHEAD_SECONDS + CLOCK_LEEWAY_SECONDS)}`
}

/**
 * @param time the SQL of the time of the proof
 * @param level the SQL of its level
 */
export function authenticationSql (time: string, level: string | number): string {
  return `floor(extract(epoch from ${time}))::bigint as auth_time, ${level} as level`
}

export function toAuthentication ({ auth_time: authTime, level }: AuthenticationRow): Authentication {
  return { authenticatedAt: Number(authTime), level }
}

export function intervalSql (seconds: number): string {
  return `interval '${seconds} seconds'`
}

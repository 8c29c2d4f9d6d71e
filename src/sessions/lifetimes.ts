import { CLOCK_LEEWAY_SECONDS, ISSUED_AHEAD_SECONDS } from '../contract/index.ts'
import type { Grace } from './rotation-policy.ts'

/** How long things live. */
export interface Lifetimes {
  readonly accessTtlSeconds: number
  /** A session that is not refreshed ends after this. */
  readonly sessionIdleSeconds: number
  /** And in any case after this. */
  readonly sessionMaxSeconds: number
  readonly grace: Grace
}

/**
 * How far past the clock a not-before, and so the `iat` of new tokens, may be: edges accept 5 s, and their own clocks need some of that.
 * Everybody's is past that of any user.
 */
export const USER_AHEAD_SECONDS = 2
export const EVERYBODY_AHEAD_SECONDS = ISSUED_AHEAD_SECONDS

/** SQL: the `iat` of a token, read by the statement that reads the role. Wants the user's `tokens_valid_from` in scope. */
export const ISSUED_AT = 'greatest(floor(extract(epoch from statement_timestamp()))::bigint, tokens_valid_from, (select tokens_valid_from from global_state))'

/** SQL: an interval. */
export function seconds (count: number): string {
  return `interval '${count} seconds'`
}

/**
 * SQL: when the last access token of a session that moves `now` has died at every edge. The same successor, and an access
 * token with it, is handed out until the window closes.
 */
export function accessUntil ({ accessTtlSeconds, grace }: Lifetimes): string {
  return `now + ${seconds(accessTtlSeconds + grace.window + EVERYBODY_AHEAD_SECONDS + CLOCK_LEEWAY_SECONDS)}`
}

/** SQL: the day, and no more, for a finer time would tell a thief when the victim refreshes. */
export const TODAY = "(now at time zone 'utc')::date"

import { toThresholds, type AttemptLimit, type LoginLimits } from './policy.ts'

// `throttle-rule.ts` in SQL, for `login_attempts`. Every statement locks counters in the order of its limits, so that none waits
// for another in a circle.

/** What a statement with `consumeSql` says in `verdict`; neither counted nor barred: another one was quicker, so ask again. */
export interface ThrottleDecision {
  counted: boolean
  /** Whether the address is known to the account. */
  known: boolean
  /** Which limit it is that bars, the first one being 1, and for how long. */
  barred_by: number | null
  wait_seconds: number | null
}

const KNOWN_DAYS = 30

/**
 * SQL: CTEs that count one attempt against each limit, or against none. What is barred already is found by reading alone, so
 * that a flood writes nothing. Each counter decides on its locked row, once the one before it has counted.
 *
 * @param limits the key of the first is $1, and so on; only the last may spare known addresses
 * @returns CTEs, the last of which is `verdict`: one row of `ThrottleDecision`
 */
export function consumeSql (limits: readonly AttemptLimit[]): string {
  const keys = limits.map((_limit, index) => `$${index + 1}::uuid`)
  const last = limits.length
  const sparesKnown = limits.at(-1)?.exemptKnownAddress === true
  const counted = limits.map((limit, index) => consumeOneSql(limit, index + 1, index === 0
    ? 'not exists (select from barred)'
    : `exists (select from counted_${index})${limit.exemptKnownAddress ? ' and not exists (select from counted_1 where known)' : ''}`))
  return `standing as materialized (
  select array_position(array[${keys.join(', ')}], key) as place, blocked_until, known_until > statement_timestamp() as known
  from login_attempts where key in (${keys.join(', ')})
), barred as materialized (
  select place, ceil(extract(epoch from blocked_until - statement_timestamp()))::int as wait_seconds from standing
  where blocked_until > statement_timestamp()${sparesKnown ? ` and (place < ${last} or not exists (select from standing where place = 1 and known))` : ''}
  order by blocked_until desc limit 1
), ${counted.join(', ')}, verdict as (
  select exists (select from counted_${last})${sparesKnown ? ` or exists (select from counted_${last - 1}, counted_1 where known)` : ''} as counted,
    exists (select from counted_1 where known) as known,
    (select place from barred) as barred_by, (select wait_seconds from barred) as wait_seconds
)`
}

// The clock is read once the row is locked: later than whoever had the lock before.
function consumeOneSql (limit: AttemptLimit, place: number, condition: string): string {
  const { oneMs, steps, allMs } = toThresholds(limit)
  const waits = intervalArraySql(steps.map(({ waitMs }) => waitMs))
  const quiets = intervalArraySql(steps.map(({ decayMs }) => decayMs))
  return `counted_${place} as (
  insert into login_attempts as counter (key, decayed_at, blocked_until)
  select $${place}::uuid, clock_timestamp() + ${intervalSql(oneMs)}, clock_timestamp() + (${waits})[width_bucket(${intervalSql(oneMs)}, ${quiets})] where ${condition}
  on conflict (key) do update set
    decayed_at = least(greatest(counter.decayed_at, clock_timestamp()) + ${intervalSql(oneMs)}, clock_timestamp() + ${intervalSql(allMs)}),
    blocked_until = clock_timestamp() + (${waits})[width_bucket(counter.decayed_at - clock_timestamp() + ${intervalSql(oneMs)}, ${quiets})]
  where counter.blocked_until is null or counter.blocked_until <= clock_timestamp()
  returning ${place === 1 ? 'coalesce(known_until > statement_timestamp(), false) as known' : 'key'}
)`
}

/**
 * SQL: CTEs that forgive what a good login has counted: the counter of account and address is cleared, and remembers that the
 * two belong together; the others get their attempt back.
 *
 * @param limits as the login was counted
 * @param keys parameters with the keys of the counters, null for one that was spared
 * @param login a CTE with a row when the login is good, and its `now`
 */
export function resetOnSuccessSql ([, address, account]: LoginLimits, keys: { pair: string, address: string, account: string }, login: string): string {
  return `forgiven as (
  insert into login_attempts as counter (key, decayed_at, known_until)
  select ${keys.pair}::uuid, now, now + interval '${KNOWN_DAYS} days' from ${login}
  on conflict (key) do update set decayed_at = excluded.decayed_at, blocked_until = null, known_until = excluded.known_until
  returning key
), ${refundOneSql(address, { key: keys.address, place: 2, after: 'forgiven', cause: 'forgiven' })}, ${refundOneSql(account, { key: keys.account, place: 3, after: 'taken_back_2', cause: 'forgiven' })}`
}

/**
 * SQL: a statement that takes an attempt back, for one that came to nothing.
 *
 * @param limits as it was counted; the key of the first is $1, and so on, null for one that was spared
 */
export function refundSql (limits: readonly AttemptLimit[]): string {
  const ctes = limits.map((limit, index) => refundOneSql(limit, { key: `$${index + 1}`, place: index + 1, after: `taken_back_${index}`, cause: 'taken_back_0' }))
  return `with taken_back_0 as (select), ${ctes.join(', ')} select`
}

/** Counting the rows of the one before waits for its lock. */
function refundOneSql (limit: AttemptLimit, { key, place, after, cause }: { key: string, place: number, after: string, cause: string }): string {
  return `taken_back_${place} as (
  update login_attempts set decayed_at = decayed_at - ${intervalSql(toThresholds(limit).oneMs)}, blocked_until = null
  from (select count(*) from ${after}) as before where key = ${key}::uuid and exists (select from ${cause}) returning key
)`
}

function intervalSql (count: number): string {
  return `interval '${count} ms'`
}

function intervalArraySql (counts: readonly number[]): string {
  return `'{${counts.map((count) => `${count} ms`).join(',')}}'::interval[]`
}

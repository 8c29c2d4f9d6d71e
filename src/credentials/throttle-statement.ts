import { doublingsOf, type Limit, type LoginLimits } from './throttle-rule.ts'

// `throttle-rule.ts` in SQL, for `login_attempts`. Every statement locks counters in the order of its limits, so that none waits
// for another in a circle; a counter is kept by an address (or an admin), or by an account, never by text that a client chose.

/** What a statement with `countingOf` says in `verdict`; neither counted nor barred: another one was quicker, so ask again. */
export interface Verdict {
  counted: boolean
  /** Whether a counter that spares known addresses has been spared, and need not be taken back. */
  spared: boolean
  barred_by: string | null
  wait_seconds: number | null
}

const KNOWN_DAYS = 30

/**
 * SQL: CTEs that count one attempt against each limit, or against none. What is barred already is found by reading alone, so
 * that a flood writes nothing. Each counter decides on its locked row, by one time, once the one before it has counted.
 *
 * @param limits the key of the first is $1, and so on
 * @returns CTEs, the last of which is `verdict`: one row of `Verdict`
 */
export function countingOf (limits: readonly Limit[]): string {
  const keyed = limits.map((limit, index) => ({ limit, place: index + 1 }))
  return `request as materialized (
  select statement_timestamp() as now
), known as materialized (
  select exists (select from login_attempts, request where key = $1 and known_until > now) as spared
), standing as (
  ${keyed.map(({ limit, place }) => `select '${limit.name}' as name, ${freeAt(limit, 'login_attempts')} as free_at
    from login_attempts, known where key = $${place}${limit.sparesKnown ? ' and not spared' : ''}`).join(' union all ')}
), barred as materialized (
  select name, ceil(extract(epoch from free_at - now))::int as wait_seconds from standing, request where free_at > now order by free_at desc limit 1
), ${keyed.map(({ limit, place }) => `counted_${place} as (
  insert into login_attempts as counter (key, clear_at, at)
  select $${place}::uuid, now + ${ms(limit.longestWaitMs)}, now ${conditionOf(limit, place)}
  on conflict (key) do update set
    at = greatest(counter.at, excluded.at),
    clear_at = least(greatest(counter.clear_at, excluded.at) + ${ms(limit.longestWaitMs)},
      greatest(counter.at, excluded.at) + ${ms((limit.free + doublingsOf(limit)) * limit.longestWaitMs)})
  where ${freeAt(limit, 'counter')} <= excluded.at
  returning coalesce(known_until > statement_timestamp(), false) as is_known
)`).join(', ')}, verdict as (
  select ${keyed.map(({ limit, place }) => `(exists (select from counted_${place})${limit.sparesKnown ? ' or exists (select from counted_1 where is_known)' : ''})`).join(' and ')} as counted,
    exists (select from counted_1 where is_known) as spared, name as barred_by, wait_seconds
  from request left join barred on true
)`
}

/** The first looks at what bars already; the others come after the one before, which has decided by then. */
function conditionOf (limit: Limit, place: number): string {
  if (place === 1) return 'from request where not exists (select from barred)'
  return `from request where exists (select from counted_${place - 1})${limit.sparesKnown ? ' and not exists (select from counted_1 where is_known)' : ''}`
}

/**
 * SQL: CTEs that forgive what a good login has counted: the counter of account and address is cleared, and remembers that the
 * two belong together; the others get their attempt back.
 *
 * @param limits as the login was counted
 * @param keys parameters with the keys of the counters, null for one that was spared
 * @param login a CTE with a row when the login is good, and its `now`
 */
export function forgivingOf ([, address, account]: LoginLimits, keys: { pair: string, address: string, account: string }, login: string): string {
  return `forgiven as (
  insert into login_attempts as counter (key, clear_at, at, known_until)
  select ${keys.pair}::uuid, now, now, now + interval '${KNOWN_DAYS} days' from ${login}
  on conflict (key) do update set clear_at = excluded.clear_at, at = excluded.at, known_until = excluded.known_until
  returning key
), ${takingBack(address, { key: keys.address, place: 2, after: 'forgiven', cause: 'forgiven' })}, ${takingBack(account, { key: keys.account, place: 3, after: 'taken_back_2', cause: 'forgiven' })}`
}

/**
 * SQL: a statement that takes an attempt back, for one that came to nothing.
 *
 * @param limits as it was counted; the key of the first is $1, and so on, null for one that was spared
 */
export function takingBackOf (limits: readonly Limit[]): string {
  const ctes = limits.map((limit, index) => takingBack(limit, { key: `$${index + 1}`, place: index + 1, after: `taken_back_${index}`, cause: 'taken_back_0' }))
  return `with taken_back_0 as (select), ${ctes.join(', ')} select`
}

/** Counting the rows of the one before waits for its lock. */
function takingBack (limit: Limit, { key, place, after, cause }: { key: string, place: number, after: string, cause: string }): string {
  return `taken_back_${place} as (
  update login_attempts set clear_at = clear_at - ${ms(limit.longestWaitMs)}
  from (select count(*) from ${after}) as before where key = ${key}::uuid and exists (select from ${cause}) returning key
)`
}

/** When the next attempt is free. */
function freeAt (limit: Limit, row: string): string {
  const attempts = `ceil(extract(epoch from ${row}.clear_at - ${row}.at) * 1000 / ${limit.longestWaitMs})::int`
  const wait = `least(${limit.longestWaitMs}, ${limit.firstWaitMs} * power(2, least(${attempts} - ${limit.free}, ${doublingsOf(limit)})))`
  return `case when ${attempts} < ${limit.free} then '-infinity' else ${row}.at + ${wait} * interval '1 millisecond' end`
}

function ms (count: number): string {
  return `interval '${count} milliseconds'`
}

import { sql, type Transaction } from 'kysely'
import {
  deleteInBatches, THROTTLE_RETENTION_LEADER_LOCK, type Batch, type BatchControl, type Database, type Tables
} from '../database/index.ts'
import { toThresholds, type AttemptLimit, type LoginLimits } from './policy.ts'

// `policy.ts` in SQL, on the table `login_attempts`. Every statement locks counters in the order of its limits, or two could deadlock.

/** The row of `decision` in a statement with `consumeSql`. Neither counted nor blocked: a concurrent attempt holds the row, retry. */
export interface ThrottleDecision {
  counted: boolean
  /** Whether the address has logged in to the account before. */
  known: boolean
  /** Position of the limit that blocks the attempt, from 1; `wait_seconds`: for how long. */
  blocked_by: number | null
  wait_seconds: number | null
  /** The longest wait of the next attempt that this one has caused; null: none. */
  next_wait_seconds: number | null
}

/** A limit, and the SQL of the key of its counter, such as `:address`. */
export interface CounterSql {
  limit: AttemptLimit
  key: string
}

interface CounterCleanupOptions extends BatchControl {
  batchSize?: number
}

const KNOWN_DAYS = 30

/**
 * CTEs that count one attempt against each limit, or against none. Counters that block already are found by a plain read, so that a flood
 * writes nothing. Each counter is decided on its locked row, after the one before it has counted.
 *
 * @param counters in the order of counting; only the limit of the last one may exempt known addresses
 * @returns CTEs; the last one is `decision`, one row of `ThrottleDecision`
 */
export function consumeSql (counters: readonly CounterSql[]): string {
  const keys = counters.map(({ key }) => `${key}::uuid`).join(', ')
  const last = counters.length
  const isExempting = counters.at(-1)?.limit.exemptKnownAddress === true
  const counted = counters.map((counter, index) => {
    const isPreviousCounted = index === 0 ? 'not exists (select from blocked)' : `exists (select from counted_${index})`
    const exemption = counter.limit.exemptKnownAddress ? ' and not exists (select from counted_1 where known)' : ''
    return consumeOneSql(counter, index + 1, isPreviousCounted + exemption)
  })
  const isBlocking = isExempting ? `(position < ${last} or not exists (select from current where position = 1 and known))` : 'true'
  const isExempt = isExempting ? `(exists (select from counted_${last - 1}) and exists (select from counted_1 where known))` : 'false'
  return `current as materialized (
  select array_position(array[${keys}], key) as position, blocked_until, known_until > statement_timestamp() as known
  from login_attempts where key in (${keys})
), blocked as materialized (
  select position, ceil(extract(epoch from blocked_until - statement_timestamp()))::int as wait_seconds from current
  where blocked_until > statement_timestamp() and ${isBlocking}
  order by blocked_until desc limit 1
), ${counted.join(', ')}, decision as (
  select exists (select from counted_${last}) or ${isExempt} as counted,
    exists (select from counted_1 where known) as known,
    (select position from blocked) as blocked_by, (select wait_seconds from blocked) as wait_seconds,
    greatest(${counters.map((_, index) => `(select next_wait_seconds from counted_${index + 1})`).join(', ')}) as next_wait_seconds
)`
}

/**
 * CTEs that undo what a successful login has counted: the counter of account and address is reset, and records that the address is known to
 * the account; the other counters get their attempt refunded.
 *
 * @param limits those that the login was counted against; for the parameters see `toLoginCounters`
 * @param login a CTE with a row, and its column `now`, if the login is successful
 */
export function resetOnSuccessSql (limits: LoginLimits, login: string): string {
  const [pair, address, account] = toLoginCounters(limits)
  const refundAddress = refundOneSql(address, { position: 2, after: 'reset', cause: 'reset' })
  const refundAccount = refundOneSql(account, { position: 3, after: 'refunded_2', cause: 'reset' })
  return `reset as (
  insert into login_attempts as counter (key, decayed_at, known_until)
  select ${pair.key}::uuid, now, now + interval '${KNOWN_DAYS} days' from ${login}
  on conflict (key) do update set decayed_at = excluded.decayed_at, blocked_until = null, known_until = excluded.known_until
  returning key
), ${refundAddress}, ${refundAccount}`
}

/**
 * A statement for a right second factor: its address is known to the user from now on, and the guess is refunded, if it was one. Those of
 * others stay counted: somebody who knows the password and shares the address would have new ones with each login of the owner.
 *
 * @param counters of user and address, and of the user; the parameters `:is_counted` and `:has_blocked` say whether the guess was counted,
 *   and whether it is the one that others have to wait after
 */
export function passSecondFactorSql ([pair, user]: readonly [CounterSql, CounterSql]): string {
  const refundUser = refundOneSql(user, { position: 2, after: 'known', cause: 'known' })
  const decay = intervalSql(toThresholds(pair.limit).attemptDecayMs)
  return `with known as (
  insert into login_attempts as counter (key, decayed_at, known_until)
  values (${pair.key}::uuid, statement_timestamp(), statement_timestamp() + interval '${KNOWN_DAYS} days')
  on conflict (key) do update set known_until = excluded.known_until,
    decayed_at = counter.decayed_at - case when :is_counted then ${decay} else interval '0' end,
    blocked_until = case when :has_blocked then null else counter.blocked_until end
  returning key
), ${refundUser} select`
}

/**
 * A statement that refunds an attempt for which no password was checked.
 *
 * @param counters those that it was counted in; the key of an exempt counter is null
 */
export function refundSql (counters: readonly CounterSql[]): string {
  const ctes = counters.map((counter, index) => {
    return refundOneSql(counter, { position: index + 1, after: `refunded_${index}`, cause: 'refunded_0' })
  })
  return `with refunded_0 as (select), ${ctes.join(', ')} select`
}

/**
 * Deletes counters that block no attempt and hold no known address any more, in batches.
 *
 * @returns how many rows were deleted
 */
export async function deleteExpiredCounters (database: Database, options: CounterCleanupOptions = {}): Promise<number> {
  const { batchSize = 1000, ...control } = options
  const deleteBatch = (trx: Transaction<Tables>, after: string) => deleteCounters(trx, after, batchSize)
  return deleteInBatches(database, { leaderLock: THROTTLE_RETENTION_LEADER_LOCK, deleteBatch, ...control })
}

/** The counters of a login: their keys are the parameters `:pair_key`, `:address_key` and `:account_key`, null for an exempt counter. */
export function toLoginCounters ([pair, address, account]: LoginLimits): [pair: CounterSql, address: CounterSql, account: CounterSql] {
  return [{ limit: pair, key: ':pair_key' }, { limit: address, key: ':address_key' }, { limit: account, key: ':account_key' }]
}

// The clock is read once the row is locked, so it is later than that of the previous holder of the lock.
function consumeOneSql ({ limit, key }: CounterSql, position: number, condition: string): string {
  const { attemptDecayMs, thresholds, maxDecayMs } = toThresholds(limit)
  const waits = intervalArraySql(thresholds.map(({ waitMs }) => waitMs))
  const decays = intervalArraySql(thresholds.map(({ decayMs }) => decayMs))
  const attemptDecay = intervalSql(attemptDecayMs)
  return `counted_${position} as (
  insert into login_attempts as counter (key, decayed_at, blocked_until)
  select ${key}::uuid, clock_timestamp() + ${attemptDecay}, clock_timestamp() + (${waits})[width_bucket(${attemptDecay}, ${decays})]
  where ${condition}
  on conflict (key) do update set
    decayed_at = least(greatest(counter.decayed_at, clock_timestamp()) + ${attemptDecay}, clock_timestamp() + ${intervalSql(maxDecayMs)}),
    blocked_until = clock_timestamp() + (${waits})[width_bucket(counter.decayed_at - clock_timestamp() + ${attemptDecay}, ${decays})]
  where counter.blocked_until is null or counter.blocked_until <= clock_timestamp()
  returning ${position === 1 ? 'coalesce(known_until > statement_timestamp(), false) as known, ' : ''}
    ceil(extract(epoch from blocked_until - clock_timestamp()))::int as next_wait_seconds
)`
}

// Counting the rows of the previous CTE makes this one wait for it, and so for its lock.
function refundOneSql ({ limit, key }: CounterSql, { position, after, cause }: { position: number, after: string, cause: string }): string {
  return `refunded_${position} as (
  update login_attempts set decayed_at = decayed_at - ${intervalSql(toThresholds(limit).attemptDecayMs)}, blocked_until = null
  from (select count(*) from ${after}) as previous where key = ${key}::uuid and exists (select from ${cause}) returning key
)`
}

function intervalSql (milliseconds: number): string {
  return `interval '${milliseconds} ms'`
}

function intervalArraySql (milliseconds: readonly number[]): string {
  return `'{${milliseconds.map((count) => `${count} ms`).join(',')}}'::interval[]`
}

// No block outlasts decayed_at. This walks the primary key, because no index has the times: with one, counting would not be a HOT update.
// SKIP LOCKED, or this and an attempt, which locks several counters, could deadlock.
async function deleteCounters (trx: Transaction<Tables>, after: string, batchSize: number): Promise<Batch> {
  const { rows: [batch] } = await sql<Batch>`
    with page as (
      select key from login_attempts where key > ${after}::uuid order by key limit ${batchSize}
    ), expired as (
      select key from login_attempts
      where key in (select key from page) and decayed_at < statement_timestamp() and coalesce(known_until < statement_timestamp(), true)
      for update skip locked
    ), deleted as (
      delete from login_attempts using expired where login_attempts.key = expired.key returning login_attempts.key
    )
    select (select key from page order by key desc limit 1) as last, (select count(*)::int from deleted) as count`.execute(trx)
  return batch ?? { count: 0, last: null }
}

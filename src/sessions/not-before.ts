import { setTimeout as sleep } from 'node:timers/promises'
import { sql, type Transaction } from 'kysely'
import { transact, type Database, type Tables } from '../database/index.ts'
import { CredentialStoreUnavailableError } from '../errors.ts'
import { publishNotBefore } from '../revocations/index.ts'
import { GLOBAL_AHEAD_SECONDS, USER_AHEAD_SECONDS } from './session-sql.ts'

/** The result of a change. */
export interface Change<T> {
  readonly result: T
  /** Whether edges have to reject tokens that were issued before the change. */
  readonly rejectsTokens: boolean
}

/** A not-before after an attempt to advance it. */
interface Advance {
  /** NumericDate: edges reject tokens with an earlier `iat`. */
  readonly notBefore: number
  /** The attempt failed: the not-before would have been too far ahead of the clock. */
  readonly isDue: boolean
  /** How long to wait for the next attempt. */
  readonly waitMs: number
}

const MAX_TRIES = 5
const BATCH_SIZE = 100

/**
 * Runs a change, and makes edges reject all tokens issued before its commit, and none issued after it.
 *
 * The transaction of the change advances the not-before if it can. If the not-before was advanced a moment ago, the change is committed all
 * the same, with a mark that an advance is due: a user who ends sessions in a loop blocks nobody. One advance serves all changes that wait.
 *
 * @param userId the not-before of this user; undefined: that of all users
 * @param change locks the row of the user, or of all users, first; it may run more than once
 * @returns the result of the change, once edges reject older tokens
 * @throws CredentialStoreUnavailableError if the not-before could not be advanced in time; it will be, and a retry is safe
 */
export async function withNotBefore<T> (
  database: Database, userId: string | undefined, change: (trx: Transaction<Tables>) => Promise<Change<T>>
): Promise<T> {
  const { result, advance } = await transact(database, async (trx) => {
    const { result, rejectsTokens } = await change(trx)
    return { result, advance: await advanceNotBefore(trx, userId, { isNeeded: rejectsTokens }) }
  })
  if (advance === undefined) return result
  if (advance.isDue) await advanceAfterCommit(database, userId, advance)
  else if (!await isEffective(database, userId, advance)) await advanceAfterCommit(database, userId, advance, { isNeeded: true })
  return result
}

/**
 * Makes the advances that are due because the process that committed a change was killed before it could.
 *
 * @returns how many were made
 */
export async function advanceDueNotBefores (database: Database, { signal }: { signal?: AbortSignal | undefined } = {}): Promise<number> {
  const users = await database.reserved.selectFrom('users').select('id').where('not_before_due', '=', true).limit(BATCH_SIZE).execute()
  const global = await database.reserved.selectFrom('global_state').select('only_row').where('not_before_due', '=', true).execute()
  const userIds = [...global.map(() => undefined), ...users.map(({ id }) => id)]
  for (const userId of userIds) {
    if (signal?.aborted !== true) await advanceAfterCommit(database, userId, { notBefore: Infinity, isDue: true, waitMs: 0 })
  }
  return userIds.length
}

/**
 * Advances the not-before in transactions of its own, for a change that is committed: all tokens issued before it are older than the clock.
 *
 * @param previous the attempt before: if another process has advanced the not-before since, that served this change too
 */
async function advanceAfterCommit (
  database: Database, userId: string | undefined, previous: Advance, { isNeeded = false } = {}
): Promise<void> {
  let waitMs = previous.waitMs
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    await sleep(waitMs)
    const advance = await transact(database, async (trx) => {
      await lock(trx, userId)
      return advanceNotBefore(trx, userId, { isNeeded: isNeeded && attempt === 1, since: previous.notBefore })
    })
    if (advance?.isDue !== true) return
    waitMs = advance.waitMs
  }
  throw new CredentialStoreUnavailableError({ cause: new Error('the not-before could not be advanced') })
}

// A statement of its own: the next statement then sees what was committed while this one waited.
async function lock (trx: Transaction<Tables>, userId: string | undefined): Promise<void> {
  if (userId === undefined) await sql`select from global_state for update`.execute(trx)
  else await sql`select from users where id = ${userId} for update`.execute(trx)
}

/** @returns undefined if there is nothing to advance, or no such user */
async function advanceNotBefore (
  trx: Transaction<Tables>, userId: string | undefined, { isNeeded, since = Infinity }: { isNeeded: boolean, since?: number }
): Promise<Advance | undefined> {
  const [table, where, ahead] = userId === undefined
    ? [sql`global_state`, sql`true`, GLOBAL_AHEAD_SECONDS]
    : [sql`users`, sql`id = ${userId}`, USER_AHEAD_SECONDS]
  // No token has an `iat` above `latest_iat`, unless it is the clock of its own statement.
  const { rows: [row] } = await sql<AdvanceRow>`with timed as materialized (
      select tokens_valid_from as last, not_before_due, extract(epoch from clock_timestamp()) as now,
        greatest(tokens_valid_from, (select tokens_valid_from from global_state)) as latest_iat
      from ${table} where ${where}
    ), next as (
      select last, latest_iat, now, floor(now)::bigint + ${sql.lit(ahead)} as candidate from timed
      where ${isNeeded} or (not_before_due and last <= ${since}::float8)
    )
    update ${table} set tokens_valid_from = case when candidate > latest_iat then candidate else last end,
      not_before_due = candidate <= latest_iat
    from next where ${where}
    returning tokens_valid_from as not_before, not_before_due as is_due,
      ceil(greatest(0, latest_iat - ${sql.lit(ahead - 1)} - now) * 1000)::int as wait_ms`.execute(trx)
  if (row === undefined) return undefined
  const advance = { notBefore: Number(row.not_before), isDue: row.is_due, waitMs: row.wait_ms }
  if (!advance.isDue) await publishNotBefore(trx, { sub: userId, before: advance.notBefore })
  return advance
}

interface AdvanceRow {
  not_before: string
  is_due: boolean
  wait_ms: number
}

/**
 * Whether an advance that was committed with its change is above the `iat` of all tokens from before the commit. A statement that began
 * before the commit may give its token an `iat` of the second of the commit, or of the global not-before. If the global not-before was
 * advanced, the `iat` may also be a user's not-before, which is at most USER_AHEAD_SECONDS ahead.
 */
async function isEffective (database: Database, userId: string | undefined, { notBefore }: Advance): Promise<boolean> {
  const { rows: [row] } = await sql<{ now: string, global_not_before: string }>`
    select floor(extract(epoch from clock_timestamp()))::bigint as now, tokens_valid_from as global_not_before
    from global_state`.execute(database.reserved)
  if (row === undefined) return false
  const now = Number(row.now)
  return userId === undefined ? now + USER_AHEAD_SECONDS < notBefore : now < notBefore && Number(row.global_not_before) < notBefore
}

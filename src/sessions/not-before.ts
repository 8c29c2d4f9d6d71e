import { setTimeout as sleep } from 'node:timers/promises'
import { sql, type Transaction } from 'kysely'
import { transact, type Database, type Tables } from '../database/index.ts'
import { CredentialStoreUnavailableError } from '../errors.ts'
import { requireRefresh } from '../revocations/index.ts'
import { EVERYBODY_AHEAD_SECONDS, USER_AHEAD_SECONDS } from './lifetimes.ts'

/** What a change has come to. */
export interface Change<T> {
  readonly result: T
  /** Whether tokens that were issued before it must be refused. */
  readonly refusesTokens: boolean
}

/** A not-before as an attempt to advance it has left it. */
interface Advance {
  /** NumericDate: a token with an earlier `iat` is refused. */
  readonly notBefore: number
  /** It could not be advanced: it would run too far ahead of the clock. */
  readonly isDue: boolean
  /** Until it can be advanced. */
  readonly waitMs: number
}

const ATTEMPTS = 5
const BATCH = 100

/**
 * Runs a change, and sees to it that edges refuse every token issued before its commit, and none that is issued after it.
 *
 * The not-before is advanced in the transaction of the change where that can be. Where it was advanced a moment ago, by whomever, the
 * change is committed all the same, with a mark that the advance is due: whoever ends sessions in a loop holds nobody up. One advance
 * serves all changes that wait for it.
 *
 * @param database where
 * @param sub the user's id, or undefined for everybody
 * @param change locks the row of the user, or of everybody, first, and changes what it has to; it may run more than once
 * @returns the change's result, once older tokens are refused
 * @throws CredentialStoreUnavailableError when they could not be refused in time; they will be, and asking again is safe
 */
export async function withNotBefore<T> (database: Database, sub: string | undefined, change: (trx: Transaction<Tables>) => Promise<Change<T>>): Promise<T> {
  const { result, advance } = await transact(database, async (trx) => {
    const { result, refusesTokens } = await change(trx)
    return { result, advance: await advanceIn(trx, sub, { isNeeded: refusesTokens }) }
  })
  if (advance?.isDue === true) await advanceLater(database, sub, advance)
  else if (advance !== undefined && !await holds(database, sub, advance)) await advanceLater(database, sub, advance, { isNeeded: true })
  return result
}

/**
 * Makes the advances that are due, for whoever committed a change and could not wait: its process was killed.
 *
 * @param database where
 * @returns how many were made
 */
export async function advanceDue (database: Database, { signal }: { signal?: AbortSignal } = {}): Promise<number> {
  const users = await database.reserved.selectFrom('users').select('id').where('not_before_due', '=', true).limit(BATCH).execute()
  const everybody = await database.reserved.selectFrom('global_state').select('only_row').where('not_before_due', '=', true).execute()
  const subs = [...everybody.map(() => undefined), ...users.map(({ id }) => id)]
  for (const sub of subs) if (signal?.aborted !== true) await advanceLater(database, sub, { notBefore: Infinity, isDue: true, waitMs: 0 })
  return subs.length
}

/**
 * Advances in transactions of their own, for a change that is committed: whatever token was issued before it is older than this clock.
 *
 * @param before as it was then: when somebody has advanced it since, that has served this change, too
 */
async function advanceLater (database: Database, sub: string | undefined, before: Advance, { isNeeded = false } = {}): Promise<void> {
  let waitMs = before.waitMs
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    await sleep(waitMs)
    const advance = await transact(database, async (trx) => {
      await lock(trx, sub)
      return advanceIn(trx, sub, { isNeeded: isNeeded && attempt === 1, since: before.notBefore })
    })
    if (advance?.isDue !== true) return
    waitMs = advance.waitMs
  }
  throw new CredentialStoreUnavailableError({ cause: new Error('the not-before could not be advanced') })
}

// A statement of its own, so that the next one sees what was committed before the lock was had.
async function lock (trx: Transaction<Tables>, sub: string | undefined): Promise<void> {
  if (sub === undefined) await sql`select from global_state for update`.execute(trx)
  else await sql`select from users where id = ${sub} for update`.execute(trx)
}

/** @returns undefined where there is nothing to advance, or nobody */
async function advanceIn (trx: Transaction<Tables>, sub: string | undefined, { isNeeded, since = Infinity }: { isNeeded: boolean, since?: number }): Promise<Advance | undefined> {
  const [table, where, ahead] = sub === undefined
    ? [sql`global_state`, sql`true`, EVERYBODY_AHEAD_SECONDS]
    : [sql`users`, sql`id = ${sub}`, USER_AHEAD_SECONDS]
  // No token was stamped with more than `passed`, or with the clock of its own statement.
  const { rows: [row] } = await sql<AdvanceRow>`with timed as materialized (
      select tokens_valid_from as last, not_before_due, greatest(tokens_valid_from, (select tokens_valid_from from global_state)) as passed,
        extract(epoch from clock_timestamp()) as now
      from ${table} where ${where}
    ), next as (
      select last, passed, now, floor(now)::bigint + ${sql.lit(ahead)} as candidate from timed
      where ${isNeeded} or (not_before_due and last <= ${since}::float8)
    )
    update ${table} set tokens_valid_from = case when candidate > passed then candidate else last end, not_before_due = candidate <= passed
    from next where ${where}
    returning tokens_valid_from as not_before, not_before_due as is_due, ceil(greatest(0, passed - ${sql.lit(ahead - 1)} - now) * 1000)::int as wait_ms`.execute(trx)
  if (row === undefined) return undefined
  const advance = { notBefore: Number(row.not_before), isDue: row.is_due, waitMs: row.wait_ms }
  if (!advance.isDue) await requireRefresh(trx, { sub, before: advance.notBefore })
  return advance
}

interface AdvanceRow {
  not_before: string
  is_due: boolean
  wait_ms: number
}

/**
 * Whether an advance that was committed with its change has come before any token it does not refuse. A statement that began before the
 * commit may stamp its token with the second of the commit, with everybody's not-before, or, where everybody's was advanced, with that
 * of a user.
 */
async function holds (database: Database, sub: string | undefined, { notBefore }: Advance): Promise<boolean> {
  const { rows: [row] } = await sql<{ second: string, everybodys: string }>`
    select floor(extract(epoch from clock_timestamp()))::bigint as second, tokens_valid_from as everybodys from global_state`.execute(database.reserved)
  if (row === undefined) return false
  const second = Number(row.second)
  return sub === undefined ? second + USER_AHEAD_SECONDS < notBefore : second < notBefore && Number(row.everybodys) < notBefore
}

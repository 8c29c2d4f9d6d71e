import { setTimeout as sleep } from 'node:timers/promises'
import { sql, type Transaction } from 'kysely'
import { transact, type Database, type Tables } from '../database/index.ts'
import { CredentialStoreUnavailableError } from '../errors.ts'
import { requireRefresh } from '../revocations/index.ts'
import { MAX_CUT_AHEAD_SECONDS } from './lifetimes.ts'

/** A statement that began before the commit stamps its tokens below the cut, as long as the commit is this quick. */
const COMMIT_WITHIN_MS = 1000
const ATTEMPTS = 5

class CutTooSoonError extends Error {}

/**
 * Runs `work` in a transaction that also cuts off every token issued before its commit: edges refuse an older token, and
 * never a newer one. The user's row is locked first. A user who does not exist is not cut; `work` will not find it either.
 *
 * @param database where
 * @param sub the user's id, or undefined for everybody
 * @param work changes users, then ends sessions; it and the published cut stand or fall together; it may run more than once
 * @returns what `work` returned
 * @throws CredentialStoreUnavailableError when no commit was quick enough to be sure of the cut; asking again is safe
 */
export async function transactWithCut<T> (database: Database, sub: string | undefined, work: (trx: Transaction<Tables>) => Promise<T>): Promise<T> {
  const { result, late } = await cut(database, sub, work)
  let cutLate = late
  for (let attempt = 1; cutLate; attempt++) {
    if (attempt === ATTEMPTS) throw new CredentialStoreUnavailableError()
    cutLate = (await cut(database, sub, async () => {})).late
  }
  return result
}

async function cut<T> (database: Database, sub: string | undefined, work: (trx: Transaction<Tables>) => Promise<T>, attempt = 1): Promise<{ result: T, late: boolean }> {
  let startedAt = 0
  try {
    const result = await transact(database, async (trx) => {
      startedAt = performance.now()
      const before = await moveCut(trx, sub)
      const outcome = await work(trx)
      if (before !== undefined) await requireRefresh(trx, { sub, before })
      return outcome
    })
    return { result, late: performance.now() - startedAt > COMMIT_WITHIN_MS }
  } catch (error) {
    if (!(error instanceof CutTooSoonError)) throw error
    if (attempt === ATTEMPTS) throw new CredentialStoreUnavailableError({ cause: error })
    await sleep(COMMIT_WITHIN_MS)
    return cut(database, sub, work, attempt + 1)
  }
}

/** Each cut lies past all before it: a token stamped with the last cut must not survive the next one in the same second. */
async function moveCut (trx: Transaction<Tables>, sub: string | undefined): Promise<number | undefined> {
  if (sub === undefined) await sql`select from everybody for update`.execute(trx)
  const { rows: [moved] } = await (sub === undefined ? cutEverybody : cutUser(sub)).execute(trx)
  if (moved === undefined) return undefined
  if (moved.ahead > MAX_CUT_AHEAD_SECONDS) throw new CutTooSoonError('more cuts in one second than the edges\' leeway bears')
  return Number(moved.before)
}

interface Cut {
  before: string
  ahead: number
}

const SECOND = sql`floor(extract(epoch from clock_timestamp()))::bigint`
const RETURNING = sql`returning tokens_from as before, (tokens_from - ${SECOND})::int as ahead`

const cutUser = (id: string) => sql<Cut>`update users
  set tokens_from = greatest(${SECOND} + 2, tokens_from + 1, (select tokens_from from everybody for share) + 1)
  where id = ${id} ${RETURNING}`

// The row is locked in a statement of its own, so that this one sees every user's cut that was committed before.
const cutEverybody = sql<Cut>`update everybody
  set tokens_from = greatest(${SECOND} + 2, tokens_from + 1, (select max(tokens_from) from users) + 1)
  ${RETURNING}`

import { sql, type Transaction } from 'kysely'
import {
  deleteInBatches, SESSION_CLEANUP_LEADER_LOCK, type Batch, type BatchControl, type Database, type Tables
} from '../database/index.ts'

interface SessionCleanupOptions extends BatchControl {
  sessionIdleSeconds: number
}

/**
 * The row of a session stays at least as long as a challenge that names it, the longest of which is that of a passkey (3,600 s): its
 * primary key makes the challenge good for one session. The rest is for clocks.
 */
const MIN_ROW_SECONDS = 3_900

const BATCH_SIZE = 1000

/**
 * Deletes inactive sessions whose last access token has expired, and expired revocations, in batches.
 *
 * @returns how many rows were deleted
 */
export async function deleteInactiveSessions (
  database: Database, { sessionIdleSeconds, ...control }: SessionCleanupOptions
): Promise<{ sessions: number, revocations: number }> {
  const options = { leaderLock: SESSION_CLEANUP_LEADER_LOCK, ...control } as const
  const deleteBatch = (trx: Transaction<Tables>, after: string) => deleteSessions(trx, after, sessionIdleSeconds)
  const sessions = await deleteInBatches(database, { ...options, deleteBatch })
  const revocations = await deleteInBatches(database, { ...options, deleteBatch: deleteRevocations })
  return { sessions, revocations }
}

// This walks the primary key, because no index has `rotated_at`: with one, a refresh would not be a HOT update. The conditions are in the
// DELETE itself, so that they are evaluated again after it has waited for a refresh.
async function deleteSessions (trx: Transaction<Tables>, after: string, sessionIdleSeconds: number): Promise<Batch> {
  const { rows: [batch] } = await sql<Batch>`
    with page as (
      select id from sessions where id > ${after}::uuid order by id limit ${BATCH_SIZE}
    ), deleted as (
      delete from sessions using page where sessions.id = page.id and access_until < statement_timestamp()
        and created_at < statement_timestamp() - make_interval(secs => ${MIN_ROW_SECONDS}) and (
        ended_at is not null or global_epoch < (select session_epoch from global_state)
        or not exists (select from users where users.id = user_id and session_epoch = user_epoch)
        or statement_timestamp() >= least(expires_at, rotated_at + make_interval(secs => ${sessionIdleSeconds}))
      ) returning sessions.id
    )
    select (select id from page order by id desc limit 1) as last, (select count(*)::int from deleted) as count`.execute(trx)
  return batch ?? { count: 0, last: null }
}

async function deleteRevocations (trx: Transaction<Tables>, after: string): Promise<Batch> {
  const expired = trx.selectFrom('revocations').select('id').where('expires_at', '<', sql<Date>`statement_timestamp()`).limit(BATCH_SIZE)
  const { numDeletedRows } = await trx.deleteFrom('revocations').where('id', 'in', expired).executeTakeFirst()
  const count = Number(numDeletedRows)
  return { count, last: count === BATCH_SIZE ? after : null }
}

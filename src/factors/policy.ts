// What is due of second factors, by time and by a setting.
import { sql, type Transaction } from 'kysely'
import { ADMIN_ROLE, type SecondFactorPolicy } from '../accounts/index.ts'
import { recordAudit, SYSTEM_ACTOR } from '../audit/index.ts'
import {
  deleteInBatches, SECOND_FACTOR_LEADER_LOCK, type Batch, type BatchControl, type Database, type Tables
} from '../database/index.ts'
import { PENDING_HOURS } from './factor-store.ts'

interface PolicyOptions extends BatchControl {
  secondFactor: SecondFactorPolicy
  batchSize?: number
}

/**
 * Deletes secrets that nobody has confirmed for a day. And where SECOND_FACTOR demands a factor of users who have one, but have not asked
 * for it at each login, marks them as if they had: their account then needs it for changes, too.
 *
 * @returns how many rows were changed
 */
export async function applySecondFactorPolicy (
  database: Database, { secondFactor, batchSize = 1000, ...control }: PolicyOptions
): Promise<{ secrets: number, users: number }> {
  const run = (deleteBatch: (trx: Transaction<Tables>, after: string) => Promise<Batch>) =>
    deleteInBatches(database, { leaderLock: SECOND_FACTOR_LEADER_LOCK, deleteBatch, ...control })
  const deleted = await run(async (trx, after) => toBatch(await deletePending(trx, batchSize), after, batchSize))
  const emptied = await run(async (trx, after) => toBatch(await emptyPending(trx, batchSize), after, batchSize))
  const users = secondFactor === 'optional' ? 0 : await run((trx, after) => demand(trx, after, { secondFactor, batchSize }))
  return { secrets: deleted + emptied, users }
}

function toBatch (count: number, after: string, batchSize: number): Batch {
  return { count, last: count === batchSize ? after : null }
}

const expiredSql = (batchSize: number, isConfirmed: boolean) => sql`select user_id from totp
    where pending_at < statement_timestamp() - make_interval(hours => ${PENDING_HOURS}) and (confirmed_at is not null) = ${isConfirmed}
    limit ${batchSize} for update skip locked`

async function deletePending (trx: Transaction<Tables>, batchSize: number): Promise<number> {
  const { numAffectedRows } = await sql`delete from totp where user_id in (${expiredSql(batchSize, false)})`.execute(trx)
  return Number(numAffectedRows ?? 0)
}

async function emptyPending (trx: Transaction<Tables>, batchSize: number): Promise<number> {
  const { numAffectedRows } = await sql`update totp set pending_jwe = null, pending_key_id = null, pending_at = null
    where user_id in (${expiredSql(batchSize, true)})`.execute(trx)
  return Number(numAffectedRows ?? 0)
}

/** Users are found by their factors, of which there are fewer. SKIP LOCKED: whoever holds a user may be about to change it. */
async function demand (
  trx: Transaction<Tables>, after: string, { secondFactor, batchSize }: { secondFactor: SecondFactorPolicy, batchSize: number }
): Promise<Batch> {
  const { rows } = await sql<{ id: string }>`update users set second_factor_since = statement_timestamp() where id in (
      select id from users where second_factor_since is null and id > ${after}
        and (${secondFactor === 'everybody'} or role = ${ADMIN_ROLE})
        and (exists (select from totp where user_id = users.id and confirmed_at is not null)
          or exists (select from passkeys where user_id = users.id))
      order by id limit ${batchSize} for update skip locked
    ) returning id`.execute(trx)
  const details = { required: true, reason: 'setting' }
  for (const { id } of rows) await recordAudit(trx, { type: 'second_factor_required', userId: id, details, ...SYSTEM_ACTOR })
  const last = rows.map(({ id }) => id).sort().at(-1)
  return { count: rows.length, last: rows.length === batchSize ? last ?? null : null }
}

import { sql, type Transaction } from 'kysely'
import {
  deleteInBatches, MAIL_RETENTION_LEADER_LOCK, type Batch, type BatchControl, type Database, type Tables
} from '../database/index.ts'

/** After the end of a mail, its address is kept for so long, for those who look why it did not arrive. */
export const ADDRESS_DAYS = 7
/** And its row. */
const ROW_DAYS = 30

interface RetentionOptions extends BatchControl {
  batchSize?: number
}

/**
 * Removes the addresses of mails that ended a week ago, mails that ended a month ago, and proofs that cannot be given any more. Mails that
 * nobody has sent, because mail is off now, expire.
 *
 * @returns how many rows were changed
 */
export async function deleteOldMails (
  database: Database, { batchSize = 1000, ...control }: RetentionOptions = {}
): Promise<{ addresses: number, mails: number, proofs: number }> {
  const run = (statement: (batchSize: number) => ReturnType<typeof sql>) => deleteInBatches(database, {
    leaderLock: MAIL_RETENTION_LEADER_LOCK,
    deleteBatch: (trx, after) => runBatch(trx, after, { statement: statement(batchSize), batchSize }),
    ...control
  })
  await run(expireSql)
  return { addresses: await run(removeAddressesSql), mails: await run(deleteMailsSql), proofs: await run(deleteProofsSql) }
}

async function runBatch (
  trx: Transaction<Tables>, after: string, { statement, batchSize }: { statement: ReturnType<typeof sql>, batchSize: number }
): Promise<Batch> {
  const { numAffectedRows } = await statement.execute(trx)
  const count = Number(numAffectedRows ?? 0)
  return { count, last: count === batchSize ? after : null }
}

// SKIP LOCKED: whoever holds a row is about to change it.
const expireSql = (batchSize: number) => sql`update mails set state = 'expired', ended_at = statement_timestamp() where id in (
    select id from mails where state = 'due' and due_at < statement_timestamp() and expires_at < statement_timestamp() - interval '1 hour'
    limit ${batchSize} for update skip locked
  )`

const removeAddressesSql = (batchSize: number) => sql`update mails set address = null, normalized_address = null where id in (
    select id from mails where ended_at < statement_timestamp() - make_interval(days => ${ADDRESS_DAYS}) and address is not null
    limit ${batchSize} for update skip locked
  )`

const deleteMailsSql = (batchSize: number) => sql`delete from mails where id in (
    select id from mails where ended_at < statement_timestamp() - make_interval(days => ${ROW_DAYS})
    limit ${batchSize} for update skip locked
  )`

const deleteProofsSql = (batchSize: number) => sql`delete from mail_proofs where id in (
    select id from mail_proofs where expires_at < statement_timestamp() and code_expires_at < statement_timestamp()
    limit ${batchSize} for update skip locked
  )`

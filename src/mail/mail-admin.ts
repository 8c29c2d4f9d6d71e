import { sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { recordAudit, type Actor } from '../audit/index.ts'
import { epochMs, toDate, transact, type Database, type Queryable, type Tables } from '../database/index.ts'
import { MailNotRetryableError, NotFoundError } from '../errors.ts'
import { LEASE_SECONDS } from './mail-store.ts'
import { MAIL_CHANNEL, type Outbox } from './outbox.ts'
import { toLifetimeSeconds } from './purposes.ts'
import { ADDRESS_DAYS } from './retention.ts'

export const MAIL_STATES = ['due', 'sent', 'failed', 'expired', 'closed'] as const

/** A mail of the outbox. */
export interface MailRecord {
  id: string
  purpose: string
  state: string
  /** Null: that of the user, or removed. */
  address: string | null
  userId: string | null
  attempts: number
  createdAt: Date
  /** The next attempt; null unless one will be made. */
  dueAt: Date | null
  endedAt: Date | null
  lastError: string | null
}

interface MailQuery {
  state?: typeof MAIL_STATES[number] | undefined
  /** The `next` of the previous page. */
  after?: string | undefined
  limit: number
}

/** What admins do with mails. */
export interface MailAdmin {
  /** Newest first; `next` is the cursor of the next page, null on the last page. */
  list (query: MailQuery): Promise<{ mails: MailRecord[], next: string | null }>
  /**
   * Has a mail sent again: at once, or within a minute where an attempt may be in progress. One that has ended is closed, and another one
   * is sent, with another link: an attempt that failed may have shown the first link to somebody.
   *
   * @param id UUID
   * @throws NotFoundError, MailDisabledError; MailNotRetryableError for one that was sent, is void, or has no address any more
   */
  retry (id: string, actor: Actor): Promise<void>
}

export function createMailAdmin (database: Database, outbox: Pick<Outbox, 'assertEnabled'>): MailAdmin {
  return {
    list: (query) => listMails(database.reserved, query),
    async retry (id, actor) {
      outbox.assertEnabled()
      await transact(database, (trx) => retryMail(trx, id, actor))
    }
  }
}

const COLUMNS = [
  'id', 'purpose', 'state', 'address', 'user_id', 'attempts', epochMs('created_at').as('created_at'), epochMs('due_at').as('due_at'),
  epochMs('ended_at').as('ended_at'), 'last_error'
] as const

async function listMails (db: Queryable, { state, after, limit }: MailQuery): Promise<{ mails: MailRecord[], next: string | null }> {
  let select = db.selectFrom('mails').select(COLUMNS).orderBy('id', 'desc').limit(limit + 1)
  if (state !== undefined) select = select.where('state', '=', state)
  if (after !== undefined) select = select.where('id', '<', after)
  const rows = await select.execute()
  const mails = rows.slice(0, limit).map((row) => ({
    id: row.id,
    purpose: row.purpose,
    state: row.state,
    address: row.address,
    userId: row.user_id,
    attempts: row.attempts,
    createdAt: toDate(row.created_at),
    dueAt: row.state === 'due' ? toDate(row.due_at) : null,
    endedAt: row.ended_at === null ? null : toDate(row.ended_at),
    lastError: row.last_error
  }))
  return { mails, next: rows.length > limit ? mails.at(-1)?.id ?? null : null }
}

async function retryMail (trx: Transaction<Tables>, id: string, actor: Actor): Promise<void> {
  const mail = await trx.selectFrom('mails').where('id', '=', id).forUpdate()
    .select(['purpose', 'state', 'user_id', sql<boolean | null>`ended_at > ${daysAgo(ADDRESS_DAYS)}`.as('hasAddress')])
    .executeTakeFirst()
  if (mail === undefined) throw new NotFoundError()
  const { purpose, state, user_id: userId } = mail
  if (state === 'due') await retryDue(trx, id)
  else if (['failed', 'expired'].includes(state) && mail.hasAddress === true) await sendAnother(trx, id, purpose)
  else throw new MailNotRetryableError()
  await recordAudit(trx, { type: 'mail_retried', userId, ...actor, details: { mail: id, purpose } })
  await sql`select pg_notify(${MAIL_CHANNEL}, '')`.execute(trx)
}

/** Not before an attempt in progress counts as lost: the mail would be sent twice. */
async function retryDue (trx: Transaction<Tables>, id: string): Promise<void> {
  await sql`update mails set due_at = least(due_at, statement_timestamp() + make_interval(secs => ${LEASE_SECONDS})) where id = ${id}`
    .execute(trx)
}

/** Links and codes are made from the id. With that of the first mail, its link would work again after it was used, or void. */
async function sendAnother (trx: Transaction<Tables>, id: string, purpose: string): Promise<void> {
  await sql`with closed as (
      update mails set state = 'closed' where id = ${id} returning purpose, address, normalized_address, user_id
    )
    insert into mails (id, purpose, address, normalized_address, user_id, expires_at)
    select ${uuidv7()}, purpose, address, normalized_address, user_id,
      statement_timestamp() + make_interval(secs => ${toLifetimeSeconds(purpose)}) from closed`.execute(trx)
  await sql`delete from mail_proofs where id = ${id}`.execute(trx)
}

const daysAgo = (days: number) => sql`statement_timestamp() - make_interval(days => ${days})`

import { sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { recordAudit, type Actor, type AuditType, type Origin } from '../audit/index.ts'
import { lockUser } from '../accounts/index.ts'
import { prepare, type Database, type Queryable, type Tables } from '../database/index.ts'
import { insertRevocationsSql } from '../revocations/index.ts'
import { withNotBefore } from './not-before.ts'

/** Beyond it the audit says no more than that it were so many. */
const MAX_COUNTED = 1000

/**
 * Ends one session in one statement, and tells every edge.
 *
 * @param db where
 * @param session its id, and its user where only one's own may be ended
 * @param actor who does it
 * @returns whether there is such a session; one that has ended before stays as it is
 */
export async function endSession (db: Queryable, { sessionId, userId }: { sessionId: string, userId?: string | undefined }, { actorId, origin }: Actor): Promise<boolean> {
  return endOne(db, { sessionId, userId, type: 'session_ended', actorId, origin })
}

/**
 * Ends the session of a genuine refresh token, of whatever generation; asked again, it does nothing.
 *
 * @param db where
 * @param sessionId the token's session
 * @param origin where the logout came from
 */
export async function logOut (db: Queryable, sessionId: string, origin: Origin): Promise<void> {
  await endOne(db, { sessionId, userId: undefined, type: 'logout', actorId: null, origin })
}

/**
 * Ends every session of a user, in one row however many there are, and has their access tokens refused. Where there is none, there is
 * nothing to refuse: who ends sessions again and again advances nothing.
 *
 * @param database where
 * @param userId whose
 * @param actor who does it
 * @returns whether there is such a user
 */
export async function endSessionsOf (database: Database, userId: string, actor: Actor): Promise<boolean> {
  return withNotBefore(database, userId, async (trx) => {
    if (await lockUser(trx, userId) === undefined) return { result: false, refusesTokens: false }
    const ended = await endSessionsIn(trx, { userId }, actor)
    return { result: true, refusesTokens: ended > 0 }
  })
}

/**
 * Ends everybody's sessions, a million as fast as one, and has all access tokens refused.
 *
 * @param database where
 * @param actor who does it
 */
export async function endEverySession (database: Database, { actorId, origin }: Actor): Promise<void> {
  await withNotBefore(database, undefined, async (trx) => {
    await trx.updateTable('global_state').set({ session_epoch: sql`session_epoch + 1` }).execute()
    await recordAudit(trx, { type: 'sessions_ended', actorId, origin, details: { everybody: true } })
    return { result: undefined, refusesTokens: true }
  })
}

/**
 * The part of a larger change that ends a user's sessions, to be called inside `withNotBefore` and once the user is locked: an epoch
 * of theirs is over. A token of a session that was ended before is refused by that session's id.
 *
 * @param trx the transaction of the change
 * @param sessions whose, and the id of one that stays, if any
 * @param actor who does it
 * @returns how many ended, as far as they were counted
 */
export async function endSessionsIn (trx: Transaction<Tables>, { userId, exceptId }: { userId: string, exceptId?: string | undefined }, { actorId, origin }: Actor): Promise<number> {
  const { rows: [counted] } = await sql<{ count: number }>`select count(*)::int as count from (
    select from sessions where ${isOpen(userId)} and id is distinct from ${exceptId ?? null}::uuid limit ${sql.lit(MAX_COUNTED)}
  ) as open`.execute(trx)
  const count = counted?.count ?? 0
  if (exceptId !== undefined) await sql`update sessions set user_epoch = user_epoch + 1 where id = ${exceptId} and ${isOpen(userId)}`.execute(trx)
  await trx.updateTable('users').set({ session_epoch: sql`session_epoch + 1` }).where('id', '=', userId).execute()
  await recordAudit(trx, { type: 'sessions_ended', userId, actorId, origin, details: { count } })
  return count
}

/** For the index of open sessions; an idle one is among them. */
const isOpen = (userId: string) => sql`user_id = ${userId} and global_epoch = (select session_epoch from global_state)
  and user_epoch = (select session_epoch from users where users.id = ${userId}) and ended_at is null`

interface EndOne extends Actor {
  sessionId: string
  userId: string | undefined
  type: AuditType
}

async function endOne (db: Queryable, { sessionId, userId, type, actorId, origin: { ip, userAgent, requestId } }: EndOne): Promise<boolean> {
  const parameters = [sessionId, userId ?? null, type, actorId, ip, userAgent, requestId, uuidv7()]
  const { rows: [row] } = await db.executeQuery(END_ONE(parameters))
  return row?.known === true
}

// Whoever holds the refresh token logs out as the session's user.
const END_ONE = prepare<{ known: boolean }>(`with ended as (
  update sessions set ended_at = clock_timestamp()
  where id = $1 and ended_at is null and ($2::uuid is null or user_id = $2)
  returning id, user_id, access_until
), revoked as (
  ${insertRevocationsSql('ended')}
), audited as (
  insert into audit_events (id, type, user_id, actor_id, session_id, ip, user_agent, request_id)
  select $8, $3, user_id, case $3 when 'logout' then user_id else $4 end, id, $5, $6, $7 from ended
)
select exists (select from sessions where id = $1 and ($2::uuid is null or user_id = $2)) as known`)

import { sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { lockUser, voidAllMailedProofs } from '../accounts/index.ts'
import { recordAudit, type Actor, type AuditType, type Origin } from '../audit/index.ts'
import { prepare, type Database, type Queryable, type Tables } from '../database/index.ts'
import { insertRevocationsSql } from '../revocations/index.ts'
import { withNotBefore } from './not-before.ts'

/** The audit counts ended sessions no further. */
const MAX_COUNTED = 1000

/**
 * Ends one session and publishes its revocation, in one statement.
 *
 * @param session its id, and its user's id if it may end only as a session of that user
 * @returns whether there is such a session; one that has ended before is not changed
 */
export async function endSession (
  db: Queryable, { sessionId, userId }: { sessionId: string, userId?: string | undefined }, actor: Actor
): Promise<boolean> {
  return endOne(db, { sessionId, userId, type: 'session_ended', actor })
}

/**
 * Ends the session of a genuine refresh token of any generation; a second call does nothing. The audit names the session's user as the
 * actor.
 *
 * @param sessionId the session of the token
 * @param origin of the logout
 */
export async function logOut (db: Queryable, sessionId: string, origin: Origin): Promise<void> {
  await endOne(db, { sessionId, userId: undefined, type: 'logout', actor: { actorId: null, origin } })
}

/**
 * Ends all sessions of a user with one updated row, and makes edges reject the user's access tokens. If there is no session, there is
 * nothing to reject: a user who ends sessions again and again does not advance the not-before.
 *
 * @returns whether there is such a user
 */
export async function endUserSessions (database: Database, userId: string, actor: Actor): Promise<boolean> {
  return withNotBefore(database, userId, async (trx) => {
    if (await lockUser(trx, userId) === undefined) return { result: false, rejectsTokens: false }
    const ended = await endUserSessionsIn(trx, { userId }, actor)
    return { result: true, rejectsTokens: ended > 0 }
  })
}

/**
 * Ends all sessions of all users with one updated row, and makes edges reject all access tokens. Links and codes that were mailed do
 * nothing any more, and no mail that is due is sent: after a restore they may be old.
 */
export async function endAllSessions (database: Database, { actorId, origin }: Actor): Promise<void> {
  await withNotBefore(database, undefined, async (trx) => {
    await trx.updateTable('global_state').set({ session_epoch: sql`session_epoch + 1` }).execute()
    await voidAllMailedProofs(trx)
    await recordAudit(trx, { type: 'sessions_ended', actorId, origin, details: { everybody: true } })
    return { result: undefined, rejectsTokens: true }
  })
}

/**
 * Ends the sessions of a user, by a new session epoch, as a part of a larger change: inside `withNotBefore`, and after the user is locked.
 * A token of a session that ended before is rejected by the id of that session.
 *
 * @param sessions the user's id, and the id of a session that stays
 * @returns how many sessions ended, counted up to a limit
 */
export async function endUserSessionsIn (
  trx: Transaction<Tables>, { userId, exceptId }: { userId: string, exceptId?: string | undefined }, { actorId, origin }: Actor
): Promise<number> {
  const { rows: [counted] } = await sql<{ count: number }>`select count(*)::int as count from (
    select from sessions where ${notEndedSql(userId)} and id is distinct from ${exceptId ?? null}::uuid limit ${sql.lit(MAX_COUNTED)}
  ) as not_ended`.execute(trx)
  const count = counted?.count ?? 0
  if (exceptId !== undefined) {
    await sql`update sessions set user_epoch = user_epoch + 1 where id = ${exceptId} and ${notEndedSql(userId)}`.execute(trx)
  }
  await trx.updateTable('users').set({ session_epoch: sql`session_epoch + 1` }).where('id', '=', userId).execute()
  await recordAudit(trx, { type: 'sessions_ended', userId, actorId, origin, details: { count } })
  return count
}

/** Sessions that have not been ended, found by an index. Those that have expired are included. */
const notEndedSql = (userId: string) => sql`user_id = ${userId} and global_epoch = (select session_epoch from global_state)
  and user_epoch = (select session_epoch from users where users.id = ${userId}) and ended_at is null`

interface EndOneOptions {
  sessionId: string
  userId: string | undefined
  type: AuditType
  actor: Actor
}

async function endOne (db: Queryable, { sessionId, userId, type, actor: { actorId, origin } }: EndOneOptions): Promise<boolean> {
  const { ip, userAgent, requestId } = origin
  const { rows: [row] } = await db.executeQuery(END_ONE({
    session_id: sessionId,
    user_id: userId ?? null,
    type,
    actor_id: actorId,
    ip,
    user_agent: userAgent,
    request_id: requestId,
    audit_id: uuidv7()
  }))
  return row?.found === true
}

interface EndOneParameters {
  session_id: string
  user_id: string | null
  type: AuditType
  actor_id: string | null
  ip: string | null
  user_agent: string | null
  request_id: string | null
  audit_id: string
}

// A client that holds the refresh token logs out as the session's user.
const END_ONE = prepare<{ found: boolean }, EndOneParameters>(`with ended as (
  update sessions set ended_at = clock_timestamp()
  where id = :session_id and ended_at is null and (:user_id::uuid is null or user_id = :user_id)
  returning id, user_id, access_until
), revoked as (
  ${insertRevocationsSql('ended')}
), audited as (
  insert into audit_events (id, type, user_id, actor_id, session_id, ip, user_agent, request_id)
  select :audit_id, :type, user_id, case :type when 'logout' then user_id else :actor_id end, id, :ip, :user_agent, :request_id from ended
)
select exists (select from sessions where id = :session_id and (:user_id::uuid is null or user_id = :user_id)) as found`)

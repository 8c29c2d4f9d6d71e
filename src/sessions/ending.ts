import { sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import { recordAudit, type AuditType, type Origin } from '../audit/index.ts'
import { prepare, type Database, type Queryable, type Tables } from '../database/index.ts'
import { revocationOf } from '../revocations/index.ts'
import { transactWithCut } from './cut.ts'

/** Who ends sessions, and from where. */
export interface Ending {
  /** The user who does it, null for the command line. */
  actorId: string | null
  origin: Origin
}

/**
 * Ends one session in one statement, and tells every edge.
 *
 * @param db where
 * @param session its id, and its user where only one's own may be ended
 * @param ending who does it
 * @returns whether there is such a session; one that has ended before stays as it is
 */
export async function endSession (db: Queryable, { sessionId, userId }: { sessionId: string, userId?: string | undefined }, { actorId, origin }: Ending): Promise<boolean> {
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
 * Ends every session of a user, and cuts off their access tokens.
 *
 * @param database where
 * @param userId whose
 * @param ending who does it
 * @returns whether there is such a user
 */
export async function endSessionsOf (database: Database, userId: string, ending: Ending): Promise<boolean> {
  return transactWithCut(database, userId, async (trx) => {
    const user = await trx.selectFrom('users').select('id').where('id', '=', userId).executeTakeFirst()
    if (user === undefined) return false
    await endSessionsIn(trx, { userId }, ending)
    return true
  })
}

/**
 * Ends every session of a user but one, whose client refreshes and goes on.
 *
 * @param database where
 * @param sessions whose, and the id of the one that stays
 * @param ending who does it
 */
export async function endOtherSessions (database: Database, { userId, sessionId }: { userId: string, sessionId: string }, ending: Ending): Promise<void> {
  await transactWithCut(database, userId, (trx) => endSessionsIn(trx, { userId, exceptId: sessionId }, ending))
}

/**
 * Ends everybody's sessions, a million as fast as one, and cuts off all access tokens.
 *
 * @param database where
 * @param ending who does it
 */
export async function endEverySession (database: Database, { actorId, origin }: Ending): Promise<void> {
  await transactWithCut(database, undefined, async (trx) => {
    await trx.updateTable('everybody').set({ era: sql`era + 1` }).execute()
    await recordAudit(trx, { type: 'sessions_ended', actorId, origin, details: { everybody: true } })
  })
}

/**
 * The part of a larger change that ends a user's sessions, to be called inside `transactWithCut` and after the user changed.
 *
 * @param trx the transaction of the change
 * @param sessions whose, and the id of one that stays, if any
 * @param ending who does it
 * @returns how many ended
 */
export async function endSessionsIn (trx: Transaction<Tables>, { userId, exceptId }: { userId: string, exceptId?: string | undefined }, { actorId, origin }: Ending): Promise<number> {
  const ended = await trx.updateTable('sessions')
    .set({ ended_at: sql`clock_timestamp()` })
    .where('user_id', '=', userId)
    .where('ended_at', 'is', null)
    .$if(exceptId !== undefined, (query) => query.where('id', '!=', exceptId ?? ''))
    .executeTakeFirst()
  const count = Number(ended.numUpdatedRows)
  await recordAudit(trx, { type: 'sessions_ended', userId, actorId, origin, details: { count } })
  return count
}

interface EndOne extends Ending {
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
  ${revocationOf('ended')}
), audited as (
  insert into audit_events (id, type, user_id, actor_id, session_id, ip, user_agent, request_id)
  select $8, $3, user_id, case $3 when 'logout' then user_id else $4 end, id, $5, $6, $7 from ended
)
select exists (select from sessions where id = $1 and ($2::uuid is null or user_id = $2)) as known`)

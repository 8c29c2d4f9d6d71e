import { sql, type Transaction } from 'kysely'
import { countFactors, lockUser } from '../accounts/index.ts'
import { recordAudit, type Actor } from '../audit/index.ts'
import type { Tables } from '../database/index.ts'
import { NotFoundError } from '../errors.ts'
import { endUserSessionsIn, withNotBefore } from '../sessions/index.ts'
import type { ChangeContext } from './update-user.ts'

/**
 * Removes the second factors of a user who has lost them: TOTP, recovery codes and passkeys. The password logs in again, or, where a
 * setting demands a second factor, lets the user enrol one. Every session ends, and the user is told by mail.
 *
 * @param context the database, and the outbox for the notice
 * @param userId UUID
 * @param actor who does it
 * @returns whether there was anything to remove
 * @throws NotFoundError
 */
export async function removeSecondFactors ({ database, outbox }: ChangeContext, userId: string, actor: Actor): Promise<boolean> {
  return withNotBefore(database, userId, async (trx) => {
    const user = await lockUser(trx, userId)
    if (user === undefined) throw new NotFoundError()
    const { hasTotp, recoveryCodes, passkeys } = await countFactors(trx, userId)
    const rows = await deleteFactors(trx, userId)
    if (rows === 0 && user.secondFactorSince === null) return { result: false, rejectsTokens: false }
    await trx.updateTable('users').set({ second_factor_since: null }).where('id', '=', userId).execute()
    const details = { totp: hasTotp, recovery_codes: recoveryCodes, passkeys }
    await recordAudit(trx, { type: 'second_factors_removed', userId, details, ...actor })
    await outbox.notify(trx, { purpose: 'second_factor_changed', userId })
    const ended = await endUserSessionsIn(trx, { userId }, actor)
    return { result: true, rejectsTokens: ended > 0 }
  })
}

/** One that waits to be confirmed, too. */
async function deleteFactors (trx: Transaction<Tables>, userId: string): Promise<number> {
  let count = 0
  for (const table of ['totp', 'recovery_codes', 'passkeys']) {
    const { numAffectedRows = 0n } = await sql`delete from ${sql.table(table)} where user_id = ${userId}`.execute(trx)
    count += Number(numAffectedRows)
  }
  return count
}

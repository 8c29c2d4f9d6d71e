import { sql } from 'kysely'
import { recordAudit } from '../audit/index.ts'
import { transact, type Database } from '../database/index.ts'
import { toShownKid, type RejectedKey } from './key-rows.ts'
import { MAX_REJECTED } from './repairs.ts'
import { lockKeyring } from './store.ts'

/** Tells of rows that are not believed: in the log once by each instance, in the audit once a day by one of them. */
export interface RejectionReporter {
  /** @param rejected all of them, at each look */
  report (rejected: readonly RejectedKey[]): Promise<void>
}

interface RejectionLog {
  error (details: object, sentence: string): void
}

const EVENT = 'signing_key_rejected'

export function createRejectionReporter (database: Database, log: RejectionLog): RejectionReporter {
  const logged = new Set<string>()
  const recorded = new Set<string>()
  let isFlooded = false

  return {
    async report (rejected) {
      const told = rejected.slice(0, MAX_REJECTED)
      for (const { kid, reason } of takeNew(told, logged)) {
        log.error({ event: EVENT, kid: toShownKid(kid), reason }, 'a row of signing_keys is not bound to SECRET_KEYS and is trusted by nobody')
      }
      const wasFlooded = isFlooded
      isFlooded = rejected.length > told.length
      if (isFlooded && !wasFlooded) log.error({ event: EVENT, count: rejected.length }, 'signing_keys has more such rows than are told of one by one')
      const unrecorded = told.filter(({ kid }) => !recorded.has(toShownKid(kid)))
      // Only what is recorded is left out at the next look.
      if (unrecorded.length > 0) await record(database, unrecorded)
      takeNew(told, recorded)
    }
  }
}

/** Those that are not in the set; it holds these kids from then on, and no others. */
function takeNew (rejected: readonly RejectedKey[], kids: Set<string>): RejectedKey[] {
  const added = rejected.filter(({ kid }) => !kids.has(toShownKid(kid)))
  kids.clear()
  for (const { kid } of rejected) kids.add(toShownKid(kid))
  return added
}

/** Under the lock of the keyring, or each instance would tell of the same row. */
async function record (database: Database, rejected: readonly RejectedKey[]): Promise<void> {
  await transact(database, async (trx) => {
    await lockKeyring(trx)
    const { rows } = await sql<{ kid: string }>`
      select details->>'kid' as kid from audit_events
      where type = ${EVENT} and at > statement_timestamp() - interval '1 day'`.execute(trx)
    const known = new Set(rows.map(({ kid }) => kid))
    for (const { kid, reason } of rejected) {
      const shown = toShownKid(kid)
      if (!known.has(shown)) await recordAudit(trx, { type: EVENT, details: { kid: shown, reason } })
      known.add(shown)
    }
  })
}

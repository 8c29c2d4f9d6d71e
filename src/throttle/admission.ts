import { createHmac } from 'node:crypto'
import type { CompiledQuery } from 'kysely'
import type { Database } from '../database/index.ts'
import { TooManyAttemptsError } from '../errors.ts'
import { deriveKeys } from '../secrets/index.ts'
import { consumeSql, type CounterSql, type ThrottleDecision } from './counters.ts'

/** Runs the statements that count attempts. */
interface Admission {
  /** @returns the key of what is counted */
  toKey (...parts: string[]): string
  execute<Row> (query: CompiledQuery<Row>): Promise<Row | undefined>
  /**
   * @param counters those of the query, for the log
   * @param query of `countSql`
   * @throws TooManyAttemptsError
   */
  admit<Row extends ThrottleDecision> (counters: readonly CounterSql[], query: CompiledQuery<Row>): Promise<Row>
}

// Concurrent attempts may hold the row again and again.
const MAX_TRIES = 5

export function createAdmission ({ database, secretKeys }: { database: Database, secretKeys: readonly Buffer[] }): Admission {
  async function execute<Row> (query: CompiledQuery<Row>): Promise<Row | undefined> {
    const { rows: [row] } = await database.kysely.executeQuery(query)
    return row
  }

  return {
    toKey: createCounterKey(secretKeys),
    execute,
    async admit (counters, query) {
      for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
        const decision = await execute(query)
        if (decision?.counted === true) return decision
        if (decision !== undefined && decision.wait_seconds !== null) {
          throw createBlockedError(decision.wait_seconds, counters[(decision.blocked_by ?? 0) - 1]?.limit.name)
        }
      }
      throw createBlockedError(1, 'concurrent attempts')
    }
  }
}

/** @param more CTEs that read the `decision` */
export function countSql (counters: readonly CounterSql[], more?: string): string {
  return `with ${[consumeSql(counters), more].filter(Boolean).join(', ')} select * from decision`
}

/** The name of the limit goes to the log only. */
function createBlockedError (waitSeconds: number, by: string | undefined): Error {
  return new TooManyAttemptsError({ headers: { 'retry-after': String(waitSeconds) }, cause: new Error(`too many attempts by ${by}`) })
}

/** Keys are 128 bits of an HMAC: a reader of the table learns nothing from them, and cannot verify a guess at what was counted. */
function createCounterKey (secretKeys: readonly Buffer[]): (...parts: string[]) => string {
  const [derived] = deriveKeys({ secretKeys: secretKeys.slice(0, 1), purpose: 'login-throttle' })
  if (derived === undefined) throw new Error('the throttle needs a secret key')
  return (...parts) => createHmac('sha256', derived.key).update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}

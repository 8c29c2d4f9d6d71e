import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Queryable } from '../database/index.ts'
import { formatPhc, parsePhc, type Argon2Cost } from './phc.ts'

// Hashes made before ARGON2_* were changed cost something else than today's. If a failed login cost whatever the user's own hash does,
// its time would tell who has an older one, and so who exists. So each failed login pays every cost that there is, once.

/** The costs of the hashes that there are, today's among them. */
export interface KnownCosts {
  /** Those that users have; a cost that is too much to be paid by everybody is left out. */
  add (cost: Argon2Cost): void
  /** @returns for every known cost but the one that has been paid, a hash that no password has */
  except (paid: Argon2Cost): string[]
}

// Of today's work, for all others together: what a flood of guesses can make us do is bounded.
const MOST_EXTRA_WORK = 2

/** @param today the cost of new hashes, and of what is no hash of ours */
export function createKnownCosts (today: Argon2Cost): KnownCosts {
  const dummies = new Map([[keyOf(today), dummyOf(today)]])
  let extraWork = 0
  return {
    add (cost) {
      const work = workOf(cost)
      if (dummies.has(keyOf(cost)) || extraWork + work > MOST_EXTRA_WORK * workOf(today)) return
      extraWork += work
      dummies.set(keyOf(cost), dummyOf(cost))
    },
    except (paid) {
      return [...dummies].filter(([key]) => key !== keyOf(paid)).map(([, dummy]) => dummy)
    }
  }
}

/** A hash that no password has: nobody knows one that would. */
export function dummyOf (cost: Argon2Cost): string {
  return formatPhc(cost, randomBytes(16), randomBytes(32))
}

// 8 MB of a table, some 30,000 users: all of them, or as many from everywhere in it.
const SAMPLED_BYTES = 8_388_608
const MOST_COSTS = 10

/**
 * Looks at what users' hashes cost.
 *
 * @param db where
 * @returns the commonest costs, the commonest first; of a large table by a sample, so that a rare one may be missing
 */
export async function findStoredCosts (db: Queryable): Promise<Argon2Cost[]> {
  const { rows } = await sql<{ hash: string }>`select min(password_hash) as hash
    from users tablesample system (least(100, 100.0 * ${SAMPLED_BYTES} / greatest(pg_relation_size('users'), 1)))
    group by substring(password_hash from '^[$]argon2id[$]v=19[$][^$]*') order by count(*) desc limit ${MOST_COSTS}`.execute(db)
  return rows.flatMap(({ hash }) => parsePhc(hash) ?? [])
}

function workOf ({ memoryKib, passes }: Argon2Cost): number {
  return memoryKib * passes
}

function keyOf ({ memoryKib, passes, parallelism }: Argon2Cost): string {
  return `${memoryKib},${passes},${parallelism}`
}

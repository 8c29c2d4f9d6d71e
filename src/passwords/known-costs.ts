import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { Queryable } from '../database/index.ts'
import { formatPhc, parsePhc, type Argon2Cost } from './argon2.ts'

// Hashes made before ARGON2_* changed cost more or less than new ones. If a failed login cost only the user's own hash, its duration would
// reveal which users exist. So each failed login pays every known cost once.

// Extra work of a failed login for all other costs, as a multiple of the current cost: limits what a flood of guesses can make us do.
const MAX_EXTRA_WORK = 2

/** The argon2 costs of the stored hashes, and of new ones. */
export class KnownCosts {
  readonly #current: Argon2Cost
  readonly #dummyHashes = new Map<string, string>()
  #extraWork = 0

  /** @param current the cost of new hashes */
  constructor (current: Argon2Cost) {
    this.#current = current
    this.#dummyHashes.set(toCostKey(current), createDummyHash(current))
  }

  /** Adds a cost that some stored hash has; one that would exceed the limit of extra work is ignored. */
  add (cost: Argon2Cost): void {
    const key = toCostKey(cost)
    const work = computeWork(cost)
    if (this.#dummyHashes.has(key) || this.#extraWork + work > MAX_EXTRA_WORK * computeWork(this.#current)) return
    this.#extraWork += work
    this.#dummyHashes.set(key, createDummyHash(cost))
  }

  /** @returns one dummy hash for each known cost, except the cost that was paid already */
  dummiesExcept (paid: Argon2Cost): string[] {
    return [...this.#dummyHashes].filter(([key]) => key !== toCostKey(paid)).map(([, dummy]) => dummy)
  }
}

/** @returns a hash of random bytes: nobody knows a password for it */
export function createDummyHash (cost: Argon2Cost): string {
  return formatPhc(cost, randomBytes(16), randomBytes(32))
}

// 8 MB of the table, some 30,000 users: a smaller table is read as a whole.
const SAMPLED_BYTES = 8_388_608
const MAX_COSTS = 10

/**
 * Finds the costs of the stored password hashes.
 *
 * @param db the database
 * @returns the most common costs, the most common first; a large table is sampled, so a rare cost may be missing
 */
export async function findStoredCosts (db: Queryable): Promise<Argon2Cost[]> {
  const { rows } = await sql<{ hash: string }>`select min(password_hash) as hash
    from users tablesample system (least(100, 100.0 * ${SAMPLED_BYTES} / greatest(pg_relation_size('users'), 1)))
    group by substring(password_hash from '^[$]argon2id[$]v=19[$][^$]*') order by count(*) desc limit ${MAX_COSTS}`.execute(db)
  return rows.flatMap(({ hash }) => parsePhc(hash) ?? [])
}

function computeWork ({ memoryKib, passes }: Argon2Cost): number {
  return memoryKib * passes
}

function toCostKey ({ memoryKib, passes, parallelism }: Argon2Cost): string {
  return `${memoryKib},${passes},${parallelism}`
}

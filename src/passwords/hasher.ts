import { availableParallelism } from 'node:os'
import { networkPrefix } from '../network-prefix.ts'
import { argon2id, hash as argon2Hash, parsePhc, verify as argon2Verify, type Argon2Cost } from './argon2.ts'
import { createDummyHash, KnownCosts } from './known-costs.ts'
import { Limiter } from './limiter.ts'
import { preparePassword } from './policy.ts'

interface PasswordHasherOptions extends Argon2Cost {
  /** How many hashes run at once; by default one per core. They share libuv's thread pool with DNS and files: leave one thread free. */
  concurrency?: number
  /** How many may wait; more are rejected. */
  maxQueue?: number
}

export interface PasswordHasher {
  /**
   * Hashes a new password.
   *
   * @param password as typed; it is prepared first, see `preparePassword`
   * @returns a PHC string with its own salt and the current parameters
   * @throws InvalidRequestError for malformed text, OverloadedError when the queue is full
   */
  hash (password: string): Promise<string>
  /**
   * Verifies a password. Every failure takes the same time, whatever its reason and however old the hash: it pays each known cost once.
   *
   * @param hash the stored PHC string; an undefined or malformed one fails
   * @param password as typed; it is prepared first
   * @param options `mustFail`: fail even if the password is right (a disabled user), in the same time; `ip`: the client's, because one
   *   network may take half of the queue
   * @throws InvalidRequestError for malformed text, OverloadedError when the queue is full, nothing else
   */
  verify (hash: string | undefined, password: string, options?: { mustFail?: boolean | undefined, ip?: string | null }): Promise<boolean>
  /** Adds the costs of stored hashes; `verify` adds those that it meets. */
  addKnownCosts (costs: readonly Argon2Cost[]): void
  /**
   * Fails early, before a caller queries the database in vain.
   *
   * @param ip the client's
   * @throws OverloadedError when the queue is full
   */
  assertCapacity (ip?: string | null): void
  /** Whether a hash was made with weaker parameters than the current ones. */
  needsRehash (hash: string): boolean
  readonly load: HashingLoad
}

interface HashingLoad {
  readonly running: number
  readonly waiting: number
  /** Since the start, like the next one. */
  readonly refused: number
  /** Stored hashes that were malformed or out of bounds. */
  readonly untrusted: number
}

// About 1.5 s of work at the default cost: a client that waits longer has given up.
const QUEUE_PER_SLOT = 50

/**
 * Creates an argon2id hasher with a semaphore and a bounded queue.
 *
 * @param options cost (OWASP Password Storage: at least 19,456 KiB, 2 passes, 1 lane) and limits
 */
export function createPasswordHasher (options: PasswordHasherOptions): PasswordHasher {
  const { memoryKib, passes, parallelism, concurrency = availableParallelism(), maxQueue = concurrency * QUEUE_PER_SLOT } = options
  const limiter = new Limiter({ concurrency, maxQueue })
  const cost = { memoryKib, passes, parallelism }
  const knownCosts = new KnownCosts(cost)
  const dummy = { phc: createDummyHash(cost), cost }
  let untrusted = 0

  /** OWASP Authentication: an unknown user and an unusable hash take as long as a wrong password. */
  function parseOrDummy (phc: string | undefined): { phc: string, cost: Argon2Cost } {
    if (phc === undefined) return dummy
    const cost = parsePhc(phc)
    if (cost !== undefined) return { phc, cost }
    untrusted++
    return dummy
  }

  return {
    async hash (password) {
      const prepared = preparePassword(password)
      return limiter.run(() => argon2Hash(prepared, { type: argon2id, memoryCost: memoryKib, timeCost: passes, parallelism }))
    },
    async verify (hash, password, { mustFail = false, ip } = {}) {
      const prepared = preparePassword(password)
      return limiter.run(async () => {
        const stored = parseOrDummy(hash)
        knownCosts.add(stored.cost)
        if (await argon2Verify(stored.phc, prepared) && !mustFail) return true
        for (const dummyHash of knownCosts.dummiesExcept(stored.cost)) await argon2Verify(dummyHash, prepared)
        return false
      }, toKey(ip))
    },
    addKnownCosts (costs) {
      for (const cost of costs) knownCosts.add(cost)
    },
    assertCapacity: (ip) => limiter.assertCapacity(toKey(ip)),
    needsRehash (hash) {
      const stored = parsePhc(hash)
      return stored !== undefined && (stored.memoryKib < memoryKib || stored.passes < passes || stored.parallelism < parallelism)
    },
    load: {
      get running () { return limiter.running },
      get waiting () { return limiter.waiting },
      get refused () { return limiter.refused },
      get untrusted () { return untrusted }
    }
  }
}

function toKey (ip: string | null | undefined): string | undefined {
  return ip === undefined ? undefined : networkPrefix(ip)
}

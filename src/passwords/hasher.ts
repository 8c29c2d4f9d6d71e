import { availableParallelism } from 'node:os'
import { addressGroup } from '../network-prefix.ts'
import { argon2id, hash as argon2Hash, verify as argon2Verify } from './argon2.ts'
import { createKnownCosts, dummyOf } from './known-costs.ts'
import { createLimiter } from './limiter.ts'
import { parsePhc, type Argon2Cost } from './phc.ts'
import { preparePassword } from '../accounts/index.ts'

export interface PasswordHasherOptions extends Argon2Cost {
  /** How many hashes run at once; the cores unless given. They share libuv's threads with dns and files: leave it one. */
  concurrency?: number
  /** How many may wait, the rest is turned away. */
  maxQueue?: number
}

export interface PasswordHasher {
  /**
   * @param password is prepared first, see `preparePassword`
   * @returns a PHC string with its own salt and the parameters of today
   * @throws InvalidRequestError for text with a NUL or half a surrogate pair, OverloadedError when too many wait
   */
  hash (password: string): Promise<string>
  /**
   * What is false costs the same, whatever the reason and however old the hash: its own cost, and every other one that is known.
   *
   * @param hash undefined, or one that cannot be trusted, is false
   * @param password is prepared first, in the same way
   * @param options `isRefused`: a user who is refused anyway, such as one who is disabled, is told apart by no time either; `ip`: of the
   *   client, for one address has half of the queue at most
   * @throws InvalidRequestError and OverloadedError as above, nothing else
   */
  verify (hash: string | undefined, password: string, options?: { isRefused?: boolean | undefined, ip?: string | null }): Promise<boolean>
  /** Says what stored hashes cost; it learns of others as it meets them. */
  expect (costs: readonly Argon2Cost[]): void
  /**
   * @param ip of the client
   * @throws OverloadedError at once when too many wait, before anything else is asked in vain
   */
  assertRoom (ip?: string | null): void
  /** Whether a hash is behind the parameters of today. */
  needsRehash (hash: string): boolean
  readonly load: HashingLoad
}

export interface HashingLoad {
  readonly running: number
  readonly waiting: number
  /** Counted since the start, like the next one. */
  readonly refused: number
  /** Stored hashes that were malformed, or asked for work beyond all bounds. */
  readonly untrusted: number
}

// About a second and a half of work at the default cost: who waits longer has given up.
const QUEUE_PER_PLACE = 50

/**
 * Makes the one that hashes passwords: argon2id, so many at once, so many waiting.
 *
 * @param options cost (OWASP Password Storage: at least 19,456 KiB, 2 passes, 1 lane) and bounds
 */
export function createPasswordHasher ({ memoryKib, passes, parallelism, concurrency = availableParallelism(), maxQueue = concurrency * QUEUE_PER_PLACE }: PasswordHasherOptions): PasswordHasher {
  const limiter = createLimiter({ concurrency, maxQueue })
  const cost = { memoryKib, passes, parallelism }
  const knownCosts = createKnownCosts(cost)
  const dummy = { phc: dummyOf(cost), cost }
  let untrusted = 0

  /** OWASP Authentication: an unknown user, and a hash that is no use, cost what a wrong password costs. */
  function trustedHash (phc: string | undefined): { phc: string, cost: Argon2Cost } {
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
    async verify (hash, password, { isRefused = false, ip } = {}) {
      const prepared = preparePassword(password)
      return limiter.run(async () => {
        const stored = trustedHash(hash)
        knownCosts.add(stored.cost)
        if (await argon2Verify(stored.phc, prepared) && !isRefused) return true
        for (const other of knownCosts.except(stored.cost)) await argon2Verify(other, prepared)
        return false
      }, ip === undefined ? undefined : addressGroup(ip))
    },
    expect (costs) {
      for (const cost of costs) knownCosts.add(cost)
    },
    assertRoom: (ip) => limiter.assertRoom(ip === undefined ? undefined : addressGroup(ip)),
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

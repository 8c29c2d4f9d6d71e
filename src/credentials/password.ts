import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { argon2id, hash as argon2Hash, verify as argon2Verify } from './argon2.ts'
import { createLimiter } from './limiter.ts'
import { formatPhc, parsePhc, type Argon2Cost } from './phc.ts'
import { assertPasswordText } from './text.ts'

export interface PasswordHasherOptions extends Argon2Cost {
  /** How many hashes run at once; the cores unless given. They share libuv's threads with dns and files: leave it one. */
  concurrency?: number
  /** How many may wait, the rest is turned away. */
  maxQueue?: number
}

export interface PasswordHasher {
  /**
   * @param password taken as it is, byte by byte
   * @returns a PHC string with its own salt and the parameters of today
   * @throws InvalidRequestError for text with a NUL or half a surrogate pair, OverloadedError when too many wait
   */
  hash (password: string): Promise<string>
  /**
   * @param hash undefined, or one that cannot be trusted, costs the same work and is false
   * @param password taken as it is, byte by byte
   * @throws InvalidRequestError and OverloadedError as above, nothing else
   */
  verify (hash: string | undefined, password: string): Promise<boolean>
  /** @throws OverloadedError at once when too many wait, before anything else is asked in vain */
  assertRoom (): void
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
  // No password has this hash: nobody knows one that would.
  const dummyHash = formatPhc(cost, randomBytes(16), randomBytes(32))
  let untrusted = 0

  /** OWASP Authentication: an unknown user, and a hash that is no use, cost what a wrong password costs. */
  function trustedHash (hash: string | undefined): string {
    if (hash !== undefined && parsePhc(hash) !== undefined) return hash
    if (hash !== undefined) untrusted++
    return dummyHash
  }

  return {
    async hash (password) {
      assertPasswordText(password)
      return limiter.run(() => argon2Hash(password, { type: argon2id, memoryCost: memoryKib, timeCost: passes, parallelism }))
    },
    async verify (hash, password) {
      assertPasswordText(password)
      return limiter.run(() => argon2Verify(trustedHash(hash), password))
    },
    assertRoom: limiter.assertRoom,
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

// What authenticators sign: challenges that are stored nowhere, each for one purpose. The challenge of a second factor at login is that of
// the login: see `sessions`.
import { deriveKeys, formatAuthenticated, parseAuthenticated, toUuid, toUuidBytes } from '../secrets/index.ts'

/** For each purpose: its number inside the challenge, and for how many seconds the challenge is good. */
const PURPOSES = {
  /** Names the session that it will begin: the primary key of `sessions` makes it good for one. */
  login: { code: 1, lifetimeSeconds: 3600 },
  /** Names the session whose user proves who they are; `passkeys.last_challenge` makes it good for one. */
  stepUp: { code: 2, lifetimeSeconds: 300 },
  /** Names the user; a credential is registered once. */
  registration: { code: 3, lifetimeSeconds: 600 }
} as const

type ChallengePurpose = keyof typeof PURPOSES

/** A challenge of ours. */
interface PasskeyChallenge {
  /** UUID of the session or the user. */
  id: string
  /** Epoch milliseconds, by the clock of the instance that made it. */
  madeAtMs: number
  isExpired: boolean
}

export interface PasskeyChallenges {
  /**
   * @param id UUID, see `PURPOSES`
   * @returns base64url: what it decodes to is signed
   */
  make (purpose: ChallengePurpose, id: string): string
  /** @returns undefined for a text that is not ours, or is for another purpose: found without a query */
  parse (text: string, purpose: ChallengePurpose): PasskeyChallenge | undefined
}

export interface PasskeyChallengeOptions {
  secretKeys: readonly Buffer[]
  issuer: string
  /** Epoch milliseconds. */
  clock?: () => number
}

const VERSION = 1
const BYTES = 1 + 1 + 16 + 8

/** How far the clocks of two instances may be apart. */
const LEEWAY_MS = 5_000

export function createPasskeyChallenges ({ secretKeys, issuer, clock = Date.now }: PasskeyChallengeOptions): PasskeyChallenges {
  const keys = deriveKeys({ secretKeys, issuer, purpose: 'passkey-challenge' })
  return {
    make (purpose, id) {
      const bytes = Buffer.alloc(BYTES)
      bytes.writeUInt8(VERSION, 0)
      bytes.writeUInt8(PURPOSES[purpose].code, 1)
      toUuidBytes(id).copy(bytes, 2)
      bytes.writeBigUInt64BE(BigInt(clock()), 18)
      return formatAuthenticated(bytes, keys)
    },
    parse (text, purpose) {
      const { code, lifetimeSeconds } = PURPOSES[purpose]
      const bytes = parseAuthenticated(text, BYTES, keys)
      if (bytes === undefined || bytes[0] !== VERSION || bytes[1] !== code) return undefined
      const madeAtMs = Number(bytes.readBigUInt64BE(18))
      const ageMs = clock() - madeAtMs
      const isExpired = ageMs < -LEEWAY_MS || ageMs > lifetimeSeconds * 1000 + LEEWAY_MS
      return { id: toUuid(bytes.subarray(2, 18)), madeAtMs, isExpired }
    }
  }
}

/** How long a challenge is good, in seconds. */
export function toLifetimeSeconds (purpose: ChallengePurpose): number {
  return PURPOSES[purpose].lifetimeSeconds
}

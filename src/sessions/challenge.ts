// What a login answers whose password was right and whose user has a second factor: a challenge, stored nowhere. It names the session that
// it will begin, whose primary key makes it good for one.
import { deriveKeys, formatAuthenticated, parseAuthenticated, toTextLength, toUuid, toUuidBytes } from '../secrets/index.ts'

export interface Challenge {
  userId: string
  /** Of the session that it will begin. */
  sessionId: string
  /** NumericDate, by the database's clock: as the `iat` of a token, never before a not-before. */
  issuedAt: number
  /** Those of the login: when one moves, sessions have ended, and so has the challenge. */
  globalEpoch: number
  userEpoch: number
  /** Whether the password was counted by account: see `CountedAttempt`. */
  isAccountCounted: boolean
}

export interface Challenges {
  format (challenge: Challenge): string
  /** @returns undefined for a text that is not ours: found without a query */
  parse (text: string): Challenge | undefined
}

/** How long a challenge is good. */
export const CHALLENGE_SECONDS = 300

const VERSION = 1
const BYTES = 1 + 16 + 16 + 8 + 4 + 4 + 1

/** Characters of every challenge. */
export const CHALLENGE_LENGTH = toTextLength(BYTES)

/** The first proof of the login: a password, counted by account or not. */
const PASSWORD = 1
const PASSWORD_FROM_KNOWN_ADDRESS = 2

export function createChallenges (options: { secretKeys: readonly Buffer[], issuer: string }): Challenges {
  const keys = deriveKeys({ ...options, purpose: 'login-challenge' })
  return {
    format ({ userId, sessionId, issuedAt, globalEpoch, userEpoch, isAccountCounted }) {
      const bytes = Buffer.alloc(BYTES)
      bytes.writeUInt8(VERSION, 0)
      toUuidBytes(userId).copy(bytes, 1)
      toUuidBytes(sessionId).copy(bytes, 17)
      bytes.writeBigUInt64BE(BigInt(issuedAt), 33)
      bytes.writeUInt32BE(globalEpoch, 41)
      bytes.writeUInt32BE(userEpoch, 45)
      bytes.writeUInt8(isAccountCounted ? PASSWORD : PASSWORD_FROM_KNOWN_ADDRESS, 49)
      return formatAuthenticated(bytes, keys)
    },
    parse (text) {
      const bytes = parseAuthenticated(text, BYTES, keys)
      if (bytes === undefined || bytes[0] !== VERSION) return undefined
      return {
        userId: toUuid(bytes.subarray(1, 17)),
        sessionId: toUuid(bytes.subarray(17, 33)),
        issuedAt: Number(bytes.readBigUInt64BE(33)),
        globalEpoch: bytes.readUInt32BE(41),
        userEpoch: bytes.readUInt32BE(45),
        isAccountCounted: bytes[49] === PASSWORD
      }
    }
  }
}

import { prepare } from '../database/index.ts'
import { insertNoticeSql } from '../mail/index.ts'
import { networkPrefix } from '../network-prefix.ts'
import { countSql, createAdmission } from './admission.ts'
import { passSecondFactorSql, type ThrottleDecision } from './counters.ts'
import { SECOND_FACTOR_LIMITS } from './policy.ts'
import type { ThrottleOptions } from './throttle.ts'

interface SecondFactorAttempt {
  userId: string
  /** The client's, if it is known. */
  ip: string | null
}

interface SecondFactorGuess extends SecondFactorAttempt {
  /** UUIDv7 of the mail that tells the user when a guess has to wait for the first time; undefined for none. */
  noticeId?: string
}

/** A guess at a second factor that was counted. */
export interface CountedSecondFactor {
  /** Whether the counter of the user was counted, too: not where the address has passed a second factor of the user. */
  readonly isUserCounted: boolean
  /** Whether the next one has to wait after it. */
  readonly hasBlocked: boolean
}

/** Counts guesses at TOTP codes, for all instances together, before they are looked at. */
interface SecondFactorThrottle {
  /** @throws TooManyAttemptsError */
  admit (guess: SecondFactorGuess): Promise<CountedSecondFactor>
  /**
   * After a right second factor: the address is known to the user from now on.
   *
   * @param counted the guess, which is taken back; undefined for a factor that cannot be guessed
   */
  pass (attempt: SecondFactorAttempt, counted: CountedSecondFactor | undefined): Promise<void>
}

interface Parameters {
  pair_key: string
  user_key: string | null
}

interface CountParameters extends Parameters {
  user_id: string
  notice_id: string | null
}

interface PassParameters extends Parameters {
  is_counted: boolean
  has_blocked: boolean
}

const COUNTERS = [{ limit: SECOND_FACTOR_LIMITS[0], key: ':pair_key' }, { limit: SECOND_FACTOR_LIMITS[1], key: ':user_key' }] as const
const FIRST_WAIT_SECONDS = Math.max(...SECOND_FACTOR_LIMITS.map(({ firstWaitMs }) => firstWaitMs)) / 1000

/** Told in the statement that counts: a flood of guesses leaves no connection for another one. */
const TELL = `first_wait as (
  select :user_id::uuid as user_id from decision
  where :notice_id::uuid is not null and counted and next_wait_seconds <= ${FIRST_WAIT_SECONDS}
), told as (
  ${insertNoticeSql('second_factor_attempts', 'first_wait', ':notice_id')}
)`
const COUNT = prepare<ThrottleDecision, CountParameters>(countSql(COUNTERS, TELL))
const PASS = prepare<unknown, PassParameters>(passSecondFactorSql(COUNTERS))

export function createSecondFactorThrottle (options: Pick<ThrottleOptions, 'database' | 'secretKeys'>): SecondFactorThrottle {
  const { toKey, execute, admit } = createAdmission(options)

  function toKeys ({ userId, ip }: SecondFactorAttempt): { pair_key: string, user_key: string } {
    return { pair_key: toKey('second-factor', userId, networkPrefix(ip)), user_key: toKey('second-factor', userId) }
  }

  return {
    async admit ({ noticeId = null, ...attempt }) {
      const count = COUNT({ ...toKeys(attempt), user_id: attempt.userId, notice_id: noticeId })
      const { known, next_wait_seconds: wait } = await admit(COUNTERS, count)
      return { isUserCounted: !known, hasBlocked: wait !== null }
    },
    async pass (attempt, counted) {
      const { pair_key: pairKey, user_key: userKey } = toKeys(attempt)
      await execute(PASS({
        pair_key: pairKey,
        user_key: counted?.isUserCounted === true ? userKey : null,
        is_counted: counted !== undefined,
        has_blocked: counted?.hasBlocked ?? false
      }))
    }
  }
}

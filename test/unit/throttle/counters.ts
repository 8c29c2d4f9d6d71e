// A throttle for tests, and the clocks of its counters.
import { sql } from 'kysely'
import { credentialsLookup, normalizeEmail, type Credentials } from '../../../src/accounts/index.ts'
import { createThrottle, type CountedAttempt, type Throttle } from '../../../src/throttle/throttle.ts'
import type { Database } from '../../../src/database/index.ts'
import { TooManyAttemptsError } from '../../../src/errors.ts'

export interface Attempt {
  /** As the user typed it. */
  email: string
  ip: string | null
}

/** A throttle as logins use it. */
export interface LoginThrottle extends Omit<Throttle, 'prepareLogin' | 'admitGuess'> {
  admitLogin (attempt: Attempt): Promise<{ found: Credentials | undefined, counted: CountedAttempt }>
  admitGuess (attempt: Attempt): Promise<CountedAttempt>
}

export function createLoginThrottle (database: Database, loginRatePerMinute = 10, secret = 7): LoginThrottle {
  const throttle = createThrottle({ database, loginRatePerMinute, secretKeys: [Buffer.alloc(32, secret)] })
  const admitLogin = throttle.prepareLogin(credentialsLookup)
  return {
    ...throttle,
    admitLogin: ({ email, ip }) => admitLogin({ normalizedEmail: normalizeEmail(email), ip }),
    admitGuess: ({ email, ip }) => throttle.admitGuess({ normalizedEmail: normalizeEmail(email), ip })
  }
}

/** Sets the clocks of all counters back, so that a test need not wait. */
export async function ageCounters (database: Database, seconds: number): Promise<void> {
  await sql`update login_attempts set blocked_until = blocked_until - make_interval(secs => ${seconds}),
    decayed_at = decayed_at - make_interval(secs => ${seconds}),
    known_until = known_until - make_interval(secs => ${seconds})`.execute(database.kysely)
}

/** @returns the seconds that an attempt has to wait, and which counter blocks it; zero if it was counted */
export async function measureWait (admitted: Promise<unknown>): Promise<{ seconds: number, by: string }> {
  try {
    await admitted
    return { seconds: 0, by: '' }
  } catch (error) {
    if (!(error instanceof TooManyAttemptsError)) throw error
    return { seconds: Number(error.headers['retry-after']), by: String(error.cause).replace('Error: too many attempts by ', '') }
  }
}

/** A successful login: its counters are reset. */
export async function succeed (throttle: LoginThrottle, attempt: Attempt): Promise<CountedAttempt> {
  const { counted } = await throttle.admitLogin(attempt)
  await throttle.resetOnSuccess(counted)
  return counted
}

/**
 * Makes attempts, each as soon as it is allowed.
 *
 * @param attempt called with the index of the attempt
 * @param waits how many waits to measure
 * @returns how many attempts passed before the first wait, the waits, and the counters that caused them
 */
export async function measure (
  database: Database, attempt: (index: number) => Promise<unknown>, waits: number
): Promise<{ free: number, waits: number[], by: string[] }> {
  const seen: Array<{ seconds: number, by: string }> = []
  let [free, index] = [0, 0]
  while (seen.length < waits) {
    const wait = await measureWait(attempt(index++))
    if (wait.seconds === 0) {
      if (seen.length === 0) free++
      continue
    }
    seen.push(wait)
    // One second less is not enough, and a blocked attempt does not count.
    await ageCounters(database, wait.seconds - 1)
    const again = await measureWait(attempt(index))
    if (again.seconds !== 1) throw new Error(`after ${wait.seconds - 1} s of ${wait.seconds} s the remaining wait was ${again.seconds} s`)
    await ageCounters(database, 1)
  }
  return { free, waits: seen.map(({ seconds }) => seconds), by: [...new Set(seen.map(({ by }) => by))] }
}

// Counters of attempts, and their clocks.
import { sql } from 'kysely'
import { createThrottle, type Attempt, type CountedAttempt, type Throttle } from '../../../src/throttle/throttle.ts'
import type { Database } from '../../../src/database/index.ts'
import { TooManyAttemptsError } from '../../../src/errors.ts'

export function throttleOf (database: Database, loginRatePerMinute = 10, secret = 7): Throttle {
  return createThrottle({ database, loginRatePerMinute, secretKeys: [Buffer.alloc(32, secret)] })
}

/** Sets the clocks of all counters back, which spares a test the wait. */
export async function age (database: Database, seconds: number): Promise<void> {
  await sql`update login_attempts set free_at = free_at - make_interval(secs => ${seconds}), clear_at = clear_at - make_interval(secs => ${seconds}),
    known_until = known_until - make_interval(secs => ${seconds})`.execute(database.kysely)
}

/** @returns how many seconds an attempt is told to wait, and by which counter; zero when it has been counted */
export async function waitOf (admitted: Promise<unknown>): Promise<{ seconds: number, by: string }> {
  try {
    await admitted
    return { seconds: 0, by: '' }
  } catch (error) {
    if (!(error instanceof TooManyAttemptsError)) throw error
    return { seconds: Number(error.headers['retry-after']), by: String(error.cause).replace('Error: too many attempts by ', '') }
  }
}

/** Logs in so well that the attempt is forgiven. */
export async function succeed (throttle: Throttle, attempt: Attempt): Promise<CountedAttempt> {
  const { counted } = await throttle.admitLogin(attempt)
  await throttle.forgive(counted)
  return counted
}

/**
 * Attempts, each as soon as it may be.
 *
 * @param attempt is told which one it is
 * @param waits how many of them are to be measured
 * @returns how many passed before the first wait, the waits that followed, and the counters that asked for them
 */
export async function measure (database: Database, attempt: (index: number) => Promise<unknown>, waits: number): Promise<{ free: number, waits: number[], by: string[] }> {
  const seen: Array<{ seconds: number, by: string }> = []
  let [free, index] = [0, 0]
  while (seen.length < waits) {
    const wait = await waitOf(attempt(index++))
    if (wait.seconds === 0) {
      if (seen.length === 0) free++
      continue
    }
    seen.push(wait)
    // A second less is not enough, and being refused costs nothing.
    await age(database, wait.seconds - 1)
    const again = await waitOf(attempt(index))
    if (again.seconds !== 1) throw new Error(`${wait.seconds - 1} s of ${wait.seconds} s were over, and it was to wait for ${again.seconds} s`)
    await age(database, 1)
  }
  return { free, waits: seen.map(({ seconds }) => seconds), by: [...new Set(seen.map(({ by }) => by))] }
}

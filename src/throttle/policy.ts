// The rule of throttling: attempts are free up to a number, then each has to wait, longer each time; quiet makes up for them.
// `throttle-statement.ts` says the same in SQL.

/** What one kind of counter bears. */
export interface Limit {
  /** What it counts by: for the log. */
  readonly name: string
  /** So many attempts need not wait. */
  readonly free: number
  /** The wait after the last free attempt; it doubles with each further one, */
  readonly firstWaitMs: number
  /** up to this. Twice as long a quiet makes up for one attempt. */
  readonly longestWaitMs: number
  /** Whether it does not count where this address has logged in to this account before. */
  readonly sparesKnown: boolean
}

/** A counter, in milliseconds since any moment. */
export interface Counter {
  /** When quiet will have made up for all attempts. */
  clearAt: number
  /** When the next attempt may come, where it has to wait. */
  freeAt: number | undefined
}

/** A login, or another guess at a password, counts against these, in this order. */
export type LoginLimits = readonly [pair: Limit, address: Limit, account: Limit]

export interface Limits {
  login: LoginLimits
  registration: readonly [address: Limit]
  administration: readonly [actor: Limit]
}

/**
 * The limits, which follow from one number R = LOGIN_RATE_PER_MINUTE:
 *
 * | attempts | by | free | first wait | longest wait | quiet that makes up for one |
 * |---|---|---|---|---|---|
 * | at a password | account and address | R | 60 s / R | 900 s | 1,800 s |
 * | | address | 5 R | 60 s / R | 600 s / R | 1,200 s / R |
 * | | account, from addresses that have not logged in to it within 30 days | 10 R | 60 s / R | 300 s | 600 s |
 * | to register | address | R | 60 s / R | 600 s / R | 1,200 s / R |
 * | to set a password | admin | 100 R | 60 s / R | 600 s / R | 1,200 s / R |
 *
 * With R = 10: one address may fail 10 times at one account, then has to wait for 6, 12, 24, 48, … seconds, and has 96 guesses
 * a day in the end; it may fail 50 times at any accounts, and then once a minute. All addresses together may fail 100 times at
 * one account, and then once in 5 minutes. A good login takes back what it has counted, and clears account and address.
 *
 * @param ratePerMinute R, at least 1
 */
export function limitsOf (ratePerMinute: number): Limits {
  const firstWaitMs = Math.round(60_000 / ratePerMinute)
  const steady = { firstWaitMs, longestWaitMs: 10 * firstWaitMs, sparesKnown: false }
  return {
    login: [
      { name: 'account and address', free: ratePerMinute, firstWaitMs, longestWaitMs: 900_000, sparesKnown: false },
      { name: 'address', free: 5 * ratePerMinute, ...steady },
      { name: 'account', free: 10 * ratePerMinute, firstWaitMs, longestWaitMs: 300_000, sparesKnown: true }
    ],
    registration: [{ name: 'registering address', free: ratePerMinute, ...steady }],
    administration: [{ name: 'admin', free: 100 * ratePerMinute, ...steady }]
  }
}

/** From so many attempts on, which take so long a quiet to be made up for, an attempt is followed by a wait. */
export interface Step {
  readonly quietMs: number
  readonly waitMs: number
}

/**
 * A limit as a table.
 *
 * @returns the quiet that makes up for one attempt, the steps in ascending order, and the quiet that makes up for all there can
 *   be: beyond the longest wait nothing is added
 */
export function stepsOf ({ free, firstWaitMs, longestWaitMs }: Limit): { oneMs: number, steps: Step[], allMs: number } {
  // At least as long as all waits before the longest together, or waits would not double.
  const oneMs = 2 * longestWaitMs
  const doublings = Math.ceil(Math.log2(longestWaitMs / firstWaitMs))
  const steps = Array.from({ length: doublings + 1 }, (_, index) => ({
    // An attempt counts until all of its quiet is over.
    quietMs: (free + index - 1) * oneMs + 1,
    waitMs: Math.min(longestWaitMs, firstWaitMs * 2 ** index)
  }))
  return { oneMs, steps, allMs: (free + doublings) * oneMs }
}

/**
 * Decides on one attempt, and counts it unless it has to wait.
 *
 * @param limit what the counter bears
 * @param counter as it stands, undefined for the first attempt
 * @param now in the counter's milliseconds
 * @returns the counter afterwards, and how many milliseconds the attempt has to wait: 0 when it passes
 */
export function decideAttempt (limit: Limit, counter: Counter | undefined, now: number): { counter: Counter | undefined, waitMs: number } {
  const { clearAt, freeAt } = counter ?? { clearAt: now, freeAt: undefined }
  if (freeAt !== undefined && freeAt > now) return { counter, waitMs: freeAt - now }
  const { oneMs, steps, allMs } = stepsOf(limit)
  const quietMs = Math.min(Math.max(clearAt - now, 0) + oneMs, allMs)
  const step = steps.findLast((step) => step.quietMs <= quietMs)
  return { counter: { clearAt: now + quietMs, freeAt: step && now + step.waitMs }, waitMs: 0 }
}

/** Takes an attempt back, and the wait after it. */
export function takeBack (limit: Limit, { clearAt }: Counter): Counter {
  return { clearAt: clearAt - stepsOf(limit).oneMs, freeAt: undefined }
}

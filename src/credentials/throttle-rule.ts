// The rule of throttling: attempts are free up to a number, then each has to wait, longer each time, and quiet makes up for it.
// `throttle-statement.ts` says the same in SQL.

/** What one kind of counter bears. */
export interface Limit {
  /** What it counts by: for the log. */
  readonly name: string
  /** So many attempts need not wait. */
  readonly free: number
  /** The wait after the last free attempt; it doubles with each further one, */
  readonly firstWaitMs: number
  /** up to this. So long a time also makes up for one attempt. */
  readonly longestWaitMs: number
  /** Whether it does not count where this address has logged in to this account before. */
  readonly sparesKnown: boolean
}

/** A counter, in milliseconds since any moment. */
export interface Counter {
  /** When all attempts will have been made up for. */
  clearAt: number
  /** The last attempt. */
  at: number
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
 * | attempts | by | free | first wait | longest wait, and what makes up for one |
 * |---|---|---|---|---|
 * | at a password | account and address | R | 60 s / R | 900 s |
 * | | address | 5 R | 60 s / R | 600 s / R |
 * | | account, from addresses that have not logged in to it within 30 days | 10 R | 60 s / R | 300 s |
 * | to register | address | R | 60 s / R | 600 s / R |
 * | to set a password | admin | 100 R | 60 s / R | 600 s / R |
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

/** How often the first wait doubles until it is the longest. */
export function doublingsOf ({ firstWaitMs, longestWaitMs }: Limit): number {
  return Math.ceil(Math.log2(longestWaitMs / firstWaitMs))
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
  const waitMs = counter === undefined ? 0 : Math.max(0, counter.at + waitAfter(limit, counter) - now)
  if (waitMs > 0) return { counter, waitMs }
  const at = Math.max(counter?.at ?? now, now)
  const clearAt = Math.max(counter?.clearAt ?? now, now) + limit.longestWaitMs
  // Beyond the longest wait nothing is added, so that what has to be made up for is bounded, too.
  const most = at + (limit.free + doublingsOf(limit)) * limit.longestWaitMs
  return { counter: { at, clearAt: Math.min(clearAt, most) }, waitMs: 0 }
}

/** Takes an attempt back. */
export function takeBack (limit: Limit, { clearAt, at }: Counter): Counter {
  return { clearAt: clearAt - limit.longestWaitMs, at }
}

function waitAfter (limit: Limit, { clearAt, at }: Counter): number {
  const attempts = Math.ceil((clearAt - at) / limit.longestWaitMs)
  if (attempts < limit.free) return 0
  return Math.min(limit.longestWaitMs, limit.firstWaitMs * 2 ** Math.min(attempts - limit.free, doublingsOf(limit)))
}

// The reference model of the throttle: some attempts are free, each further attempt has to wait longer than the one before, and counted
// attempts decay with time. `counters.ts` implements it in SQL; tests compare the two.

/** The limit of one kind of counter. */
export interface AttemptLimit {
  /** For the log: what the counter counts by. */
  readonly name: string
  /** The number of attempts without a wait. */
  readonly free: number
  /** The wait after the last free attempt. It doubles with each further attempt. */
  readonly firstWaitMs: number
  /** The longest wait. One attempt decays in twice this time. */
  readonly longestWaitMs: number
  /** Whether an attempt is not counted if its address has logged in to the account before. */
  readonly exemptKnownAddress: boolean
}

/** A counter, in milliseconds of any clock. */
export interface Counter {
  /** When all counted attempts will have decayed. */
  decayedAt: number
  /** Until when attempts are blocked, if they are. */
  blockedUntil: number | undefined
}

/** The limits of a login or another guess at a password, in the order in which they are counted. */
export type LoginLimits = readonly [pair: AttemptLimit, address: AttemptLimit, account: AttemptLimit]

interface ThrottleLimits {
  login: LoginLimits
  registration: readonly [address: AttemptLimit]
  administration: readonly [actor: AttemptLimit]
  mail: readonly [mailbox: AttemptLimit, caller: AttemptLimit]
}

/** In the order in which they are counted. They do not depend on R. */
export const SECOND_FACTOR_LIMITS: readonly [pair: AttemptLimit, user: AttemptLimit] = [
  { name: 'second factor of user and address', free: 5, firstWaitMs: 60_000, longestWaitMs: 86_400_000, exemptKnownAddress: false },
  { name: 'second factor of user', free: 10, firstWaitMs: 60_000, longestWaitMs: 604_800_000, exemptKnownAddress: true }
]

/**
 * Derives all limits from R = LOGIN_RATE_PER_MINUTE:
 *
 * | attempts | counted by | free | first wait | longest wait | one attempt decays in |
 * |---|---|---|---|---|---|
 * | at a password | account and address | R | 60 s / R | 900 s | 1,800 s |
 * | | address | 5 R | 60 s / R | 600 s / R | 1,200 s / R |
 * | | account, from addresses that have not logged in to it within 30 days | 10 R | 60 s / R | 300 s | 600 s |
 * | to register | address | R | 60 s / R | 600 s / R | 1,200 s / R |
 * | to set a password | admin | 100 R | 60 s / R | 600 s / R | 1,200 s / R |
 * | to have a mail sent | mailbox | 3 R / 10 | 600 s / R | 36,000 s / R | 72,000 s / R |
 * | | address, or the user who is logged in | 3 R | 600 s / R | 36,000 s / R | 72,000 s / R |
 * | at a TOTP code | user and address | 5 | 60 s | 24 h | 48 h |
 * | | user, from addresses that have not passed a second factor within 30 days | 10 | 60 s | 7 d | 14 d |
 *
 * With R = 10: one address may fail 10 times at one account, then has to wait for 6, 12, 24, 48, … seconds, and in the long run has 96
 * guesses a day; it may fail 50 times at any accounts, and then once a minute. All addresses together may fail 100 times at one account,
 * and then once in 5 minutes. A successful login refunds its attempt, and resets the counter of account and address. A mailbox gets 3
 * mails, then one after 60 s, 2 minutes, 4 minutes, and in the long run one in an hour; an office behind one address may ask for 30.
 *
 * Codes have a million values, of which three are right: their limits do not depend on R, and a new password does not start them anew.
 *
 * @param ratePerMinute R, at least 1
 */
export function toThrottleLimits (ratePerMinute: number): ThrottleLimits {
  const firstWaitMs = Math.round(60_000 / ratePerMinute)
  const mail = { firstWaitMs: 10 * firstWaitMs, longestWaitMs: 600 * firstWaitMs, exemptKnownAddress: false }
  const steady = { firstWaitMs, longestWaitMs: 10 * firstWaitMs, exemptKnownAddress: false }
  return {
    login: [
      { name: 'account and address', free: ratePerMinute, firstWaitMs, longestWaitMs: 900_000, exemptKnownAddress: false },
      { name: 'address', free: 5 * ratePerMinute, ...steady },
      { name: 'account', free: 10 * ratePerMinute, firstWaitMs, longestWaitMs: 300_000, exemptKnownAddress: true }
    ],
    registration: [{ name: 'registering address', free: ratePerMinute, ...steady }],
    administration: [{ name: 'admin', free: 100 * ratePerMinute, ...steady }],
    mail: [
      { name: 'mailbox', free: Math.max(1, Math.round(0.3 * ratePerMinute)), ...mail },
      { name: 'caller of mails', free: 3 * ratePerMinute, ...mail }
    ]
  }
}

/** If the remaining decay of a counter is at least this long, attempts are blocked for this wait. */
interface Threshold {
  readonly decayMs: number
  readonly waitMs: number
}

/** A limit as a table. */
interface Thresholds {
  /** The decay that one attempt adds. */
  readonly attemptDecayMs: number
  /** In ascending order. */
  readonly thresholds: readonly Threshold[]
  /** The longest decay of a counter: attempts after the longest wait add no more. */
  readonly maxDecayMs: number
}

export function toThresholds ({ free, firstWaitMs, longestWaitMs }: AttemptLimit): Thresholds {
  // At least the sum of all shorter waits, or attempts would decay during the waits and the waits would not double.
  const attemptDecayMs = 2 * longestWaitMs
  const doublings = Math.ceil(Math.log2(longestWaitMs / firstWaitMs))
  const thresholds = Array.from({ length: doublings + 1 }, (_, index) => ({
    // An attempt counts until it has decayed completely, hence the 1.
    decayMs: (free + index - 1) * attemptDecayMs + 1,
    waitMs: Math.min(longestWaitMs, firstWaitMs * 2 ** index)
  }))
  return { attemptDecayMs, thresholds, maxDecayMs: (free + doublings) * attemptDecayMs }
}

interface Decision {
  counter: Counter | undefined
  /** 0 if the attempt is allowed. */
  waitMs: number
}

/**
 * Decides on an attempt, and counts it if it is allowed.
 *
 * @param limit of the counter
 * @param counter current state, undefined before the first attempt
 * @param now in the counter's milliseconds
 * @returns the new state, and the wait
 */
export function decideAttempt (limit: AttemptLimit, counter: Counter | undefined, now: number): Decision {
  const { decayedAt, blockedUntil } = counter ?? { decayedAt: now, blockedUntil: undefined }
  if (blockedUntil !== undefined && blockedUntil > now) return { counter, waitMs: blockedUntil - now }
  const { attemptDecayMs, thresholds, maxDecayMs } = toThresholds(limit)
  const decayMs = Math.min(Math.max(decayedAt - now, 0) + attemptDecayMs, maxDecayMs)
  const threshold = thresholds.findLast((threshold) => threshold.decayMs <= decayMs)
  return { counter: { decayedAt: now + decayMs, blockedUntil: threshold && now + threshold.waitMs }, waitMs: 0 }
}

/** Takes back a counted attempt, and the wait that it caused. */
export function refundAttempt (limit: AttemptLimit, { decayedAt }: Counter): Counter {
  return { decayedAt: decayedAt - toThresholds(limit).attemptDecayMs, blockedUntil: undefined }
}

import { prepare, type Database } from '../database/index.ts'
import { OverloadedError, TooManyAttemptsError } from '../errors.ts'
import { networkPrefix } from '../network-prefix.ts'
import { toThrottleLimits, type LoginLimits } from './policy.ts'
import { countSql, createAdmission } from './admission.ts'
import { consumeSql, refundSql, resetOnSuccessSql, toLoginCounters, type ThrottleDecision } from './counters.ts'

export interface ThrottleOptions {
  database: Database
  /** See `toThrottleLimits`. */
  loginRatePerMinute: number
  /** The first one keys the hashes of what is counted; if it changes, all counters start anew. */
  secretKeys: readonly Buffer[]
}

/** An attempt at the password of an account. */
interface Attempt {
  /** Normalized by the caller, so that all spellings count together; there need not be such an account. */
  normalizedEmail: string
  /** The client's, if it is known. */
  ip: string | null
}

/** The counters that an attempt was counted in, by key. */
export interface CountedAttempt {
  readonly pair: string
  readonly address: string
  /** null if the address is known to the account. */
  readonly account: string | null
}

/** A login that was counted. */
export interface AdmittedLogin<Result> {
  /** What the look-up has found. */
  found: Result
  counted: CountedAttempt
}

/** A read that is joined to the statement that counts a login, which saves a round trip. */
interface LoginLookup<Row, Result> {
  /** @param normalizedEmail SQL of the parameter; @returns a select of at most one row */
  toSql (normalizedEmail: string): string
  /** @param row all null if nothing was found */
  toResult (row: Row): Result
}

/** Counts attempts in the database, for all instances together, before a hash is computed for them. */
export interface Throttle {
  /** The limits of a login, for `resetOnSuccessSql`. */
  readonly loginLimits: LoginLimits
  /**
   * Prepares the statement that counts a login and looks up its account.
   *
   * @returns a function that counts an attempt; throws TooManyAttemptsError, whether there is such an account or not
   */
  prepareLogin<Row extends object, Result> (lookup: LoginLookup<Row, Result>): (attempt: Attempt) => Promise<AdmittedLogin<Result>>
  /**
   * Counts an attempt at a password outside a login.
   *
   * @throws TooManyAttemptsError
   */
  admitGuess (attempt: Attempt): Promise<CountedAttempt>
  /** Resets the counters after a right guess: see `resetOnSuccessSql`. */
  resetOnSuccess (counted: CountedAttempt): Promise<void>
  /**
   * Runs the rest of a counted attempt, and refunds the attempt if the password was not checked.
   *
   * @throws OverloadedError or TooManyAttemptsError, after the refund, and any other error of `work`
   */
  refundOnOverload<T> (counted: CountedAttempt, work: () => Promise<T>): Promise<T>
  /** The counters of an attempt that another request has counted; see `CountedAttempt`. */
  toCounted (attempt: Attempt, isAccountCounted: boolean): CountedAttempt
  /** @throws TooManyAttemptsError if this address has registered too often */
  admitRegistration (ip: string | null): Promise<void>
  /**
   * Counts a mail to be sent, whether anybody has this address or not.
   *
   * @param mail the normalized address; whether the mail is a reset, which counts apart, or strangers who ask for other mails could keep
   *   somebody from getting one; and who asks: the client's address, or the id of the user who is logged in
   * @throws TooManyAttemptsError
   */
  admitMail (mail: { mailbox: string, isReset?: boolean, caller: { ip: string | null } | { userId: string } }): Promise<void>
  /** @throws TooManyAttemptsError if this admin has set too many passwords */
  admitAdmin (actorId: string): Promise<void>
}

type LoginKeys = Record<keyof CountedAttempt, string>

interface LoginParameters {
  pair_key: string
  address_key: string
  account_key: string | null
}

/** Creates a throttle. All state is in the database, so any number of throttles count together. */
export function createThrottle ({ database, loginRatePerMinute, secretKeys }: ThrottleOptions): Throttle {
  const limits = toThrottleLimits(loginRatePerMinute)
  const { toKey, execute, admit } = createAdmission({ database, secretKeys })
  const loginCounters = toLoginCounters(limits.login)
  const registrationCounters = [{ limit: limits.registration[0], key: ':address_key' }]
  const mailCounters = [{ limit: limits.mail[0], key: ':mailbox_key' }, { limit: limits.mail[1], key: ':caller_key' }]
  const adminCounters = [{ limit: limits.administration[0], key: ':admin_key' }]
  const countGuess = prepare<ThrottleDecision, LoginParameters>(countSql(loginCounters))
  const countRegistration = prepare<ThrottleDecision, { address_key: string }>(countSql(registrationCounters))
  const countMail = prepare<ThrottleDecision, { mailbox_key: string, caller_key: string }>(countSql(mailCounters))
  const countAdmin = prepare<ThrottleDecision, { admin_key: string }>(countSql(adminCounters))
  const refund = prepare<unknown, LoginParameters>(refundSql(loginCounters))
  const reset = prepare<unknown, LoginParameters>(
    `with login as (select statement_timestamp() as now), ${resetOnSuccessSql(limits.login, 'login')} select`)

  function toLoginKeys ({ normalizedEmail, ip }: Attempt): LoginKeys {
    const address = networkPrefix(ip)
    return { pair: toKey('pair', normalizedEmail, address), address: toKey('address', address), account: toKey('account', normalizedEmail) }
  }

  return {
    loginLimits: limits.login,
    prepareLogin<Row extends object, Result> ({ toSql, toResult }: LoginLookup<Row, Result>) {
      const count = prepare<ThrottleDecision & Row, LoginParameters & { normalized_email: string }>(`with ${consumeSql(loginCounters)}
select decision.*, found.* from decision left join (${toSql(':normalized_email')}) as found on true`)
      return async (attempt: Attempt) => {
        const keys = toLoginKeys(attempt)
        const row = await admit(loginCounters, count({ ...toParameters(keys), normalized_email: attempt.normalizedEmail }))
        return { found: toResult(row), counted: toCountedAttempt(keys, row) }
      }
    },
    async admitGuess (attempt) {
      const keys = toLoginKeys(attempt)
      return toCountedAttempt(keys, await admit(loginCounters, countGuess(toParameters(keys))))
    },
    async resetOnSuccess (counted) {
      await execute(reset(toParameters(counted)))
    },
    async refundOnOverload (counted, work) {
      try {
        return await work()
      } catch (error) {
        // A failed refund is ignored: the attempt decays with time.
        const wasNotChecked = error instanceof OverloadedError || error instanceof TooManyAttemptsError
        if (wasNotChecked) await execute(refund(toParameters(counted))).catch(() => {})
        throw error
      }
    },
    toCounted (attempt, isAccountCounted) {
      const keys = toLoginKeys(attempt)
      return { ...keys, account: isAccountCounted ? keys.account : null }
    },
    async admitRegistration (ip) {
      await admit(registrationCounters, countRegistration({ address_key: toKey('registration', networkPrefix(ip)) }))
    },
    async admitMail ({ mailbox, isReset = false, caller }) {
      const mailboxKey = toKey(isReset ? 'mailbox-reset' : 'mailbox', mailbox)
      const callerKey = 'ip' in caller ? toKey('mail-address', networkPrefix(caller.ip)) : toKey('mail-user', caller.userId)
      await admit(mailCounters, countMail({ mailbox_key: mailboxKey, caller_key: callerKey }))
    },
    async admitAdmin (actorId) {
      await admit(adminCounters, countAdmin({ admin_key: toKey('admin', actorId) }))
    }
  }
}

function toParameters ({ pair, address, account }: CountedAttempt): LoginParameters {
  return { pair_key: pair, address_key: address, account_key: account }
}

function toCountedAttempt (keys: LoginKeys, { known }: ThrottleDecision): CountedAttempt {
  return { ...keys, account: known ? null : keys.account }
}

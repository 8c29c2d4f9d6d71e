import { createHmac, hkdfSync } from 'node:crypto'
import type { CompiledQuery } from 'kysely'
import { prepare, type Database } from '../database/index.ts'
import { OverloadedError, TooManyAttemptsError } from '../errors.ts'
import { addressGroup } from '../network-prefix.ts'
import { emailKey } from '../accounts/index.ts'
import type { Credentials } from '../accounts/store.ts'
import { limitsOf, type Limit, type LoginLimits } from './policy.ts'
import { countingOf, forgivingOf, takingBackOf, type Verdict } from './statement.ts'

export interface ThrottleOptions {
  database: Database
  /** See `limitsOf`. */
  loginRatePerMinute: number
  /** The first keeps what is counted from being read in the table; when it changes, all counters begin anew. */
  secretKeys: readonly Buffer[]
}

/** Who tries, at which account, from where. */
export interface Attempt {
  /** As somebody wrote it; all ways to write it count together, whether there is such an account or not. */
  email: string
  /** Of the client, as far as it is known. */
  ip: string | null
}

/** An attempt that has been counted: the keys of its counters. */
export interface CountedAttempt {
  readonly pair: string
  readonly address: string
  /** null where the address is known to the account. */
  readonly account: string | null
}

/** Counts attempts in the database, for all instances together, before a hash is paid for them. */
export interface Throttle {
  /** What a login counts against: for the statement that forgives it. */
  readonly loginLimits: LoginLimits
  /**
   * Counts a login and reads what it is checked against, in one statement.
   *
   * @throws TooManyAttemptsError, which says nothing of whether there is such an account
   */
  admitLogin (attempt: Attempt): Promise<{ credentials: Credentials | undefined, counted: CountedAttempt }>
  /**
   * Counts another guess at the password of an account.
   *
   * @throws TooManyAttemptsError
   */
  admitGuess (attempt: Attempt): Promise<CountedAttempt>
  /** Forgives a guess that was right. */
  forgive (counted: CountedAttempt): Promise<void>
  /**
   * Does the hashing of an attempt that has been counted, and takes the attempt back when nothing came of it.
   *
   * @throws OverloadedError or TooManyAttemptsError when `hashing` did, for the password was not looked at
   */
  sparing<T> (counted: CountedAttempt, hashing: () => Promise<T>): Promise<T>
  /** @throws TooManyAttemptsError when this address has registered too often */
  admitRegistration (ip: string | null): Promise<void>
  /** @throws TooManyAttemptsError when this admin has set too many passwords */
  admitAdmin (actorId: string): Promise<void>
}

type Statement<T> = (parameters: readonly unknown[]) => CompiledQuery<T>

// Whoever is neither counted nor barred lost a race; by the next time it sees who won.
const ATTEMPTS = 5

/** Makes a throttle. It holds no state: any number of them count together. */
export function createThrottle ({ database, loginRatePerMinute, secretKeys }: ThrottleOptions): Throttle {
  const { login, registration, administration } = limitsOf(loginRatePerMinute)
  const keyOf = createKeyOf(secretKeys)
  const countLogin = prepare<LoginVerdict>(`with ${countingOf(login)}
select verdict.*, id, email, role, password_hash, disabled_at is not null as disabled from verdict left join users on normalized_email = $4`)
  const [countGuess, countRegistration, countAdmin] = [counting(login), counting(registration), counting(administration)]
  const takeBack = prepare(takingBackOf(login))
  const forgive = prepare(`with login as (select statement_timestamp() as now), ${forgivingOf(login, { pair: '$1', address: '$2', account: '$3' }, 'login')} select`)

  function keysOf ({ email, ip }: Attempt): [pair: string, address: string, account: string] {
    const [account, address] = [emailKey(email), addressGroup(ip)]
    return [keyOf('pair', account, address), keyOf('address', address), keyOf('account', account)]
  }

  async function ask<T> (statement: Statement<T>, parameters: ReadonlyArray<string | null>): Promise<T | undefined> {
    const { rows: [row] } = await database.kysely.executeQuery(statement(parameters))
    return row
  }

  async function admit<T extends Verdict> (limits: readonly Limit[], statement: Statement<T>, parameters: readonly string[]): Promise<T> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const verdict = await ask(statement, parameters)
      if (verdict?.counted === true) return verdict
      if (verdict !== undefined && verdict.wait_seconds !== null) throw barred(verdict.wait_seconds, limits[(verdict.barred_by ?? 0) - 1]?.name)
    }
    throw barred(1, 'lost races')
  }

  return {
    loginLimits: login,
    async admitLogin (attempt) {
      const keys = keysOf(attempt)
      const verdict = await admit(login, countLogin, [...keys, emailKey(attempt.email)])
      return { credentials: credentialsOf(verdict), counted: countedOf(keys, verdict) }
    },
    async admitGuess (attempt) {
      const keys = keysOf(attempt)
      return countedOf(keys, await admit(login, countGuess, keys))
    },
    async forgive ({ pair, address, account }) {
      await ask(forgive, [pair, address, account])
    },
    async sparing ({ pair, address, account }, hashing) {
      try {
        return await hashing()
      } catch (error) {
        // What cannot be taken back wears off.
        if (error instanceof OverloadedError || error instanceof TooManyAttemptsError) await ask(takeBack, [pair, address, account]).catch(() => {})
        throw error
      }
    },
    async admitRegistration (ip) {
      await admit(registration, countRegistration, [keyOf('registration', addressGroup(ip))])
    },
    async admitAdmin (actorId) {
      await admit(administration, countAdmin, [keyOf('admin', actorId)])
    }
  }
}

type LoginVerdict = Verdict & (
  | { id: string, email: string, role: string, password_hash: string, disabled: boolean }
  | { id: null }
)

function counting (limits: readonly Limit[]): Statement<Verdict> {
  return prepare(`with ${countingOf(limits)} select * from verdict`)
}

/** Which counter it was goes to the log only. */
function barred (waitSeconds: number, by: string | undefined): Error {
  return new TooManyAttemptsError({ headers: { 'retry-after': String(waitSeconds) }, cause: new Error(`too many attempts by ${by}`) })
}

function countedOf ([pair, address, account]: [string, string, string], { known }: Verdict): CountedAttempt {
  return { pair, address, account: known ? null : account }
}

function credentialsOf (verdict: LoginVerdict): Credentials | undefined {
  if (verdict.id === null) return undefined
  const { id, email, role, password_hash: passwordHash, disabled } = verdict
  return { id, email, role, passwordHash, disabled }
}

/** A key is 128 bits that say nothing to whoever reads the table, not even that a guess at what was counted is right. */
function createKeyOf ([secretKey]: readonly Buffer[]): (...of: string[]) => string {
  if (secretKey === undefined) throw new Error('the throttle needs a secret key')
  const hmacKey = Buffer.from(hkdfSync('sha256', secretKey, '', 'gatepass login-throttle v1', 32))
  return (...of) => createHmac('sha256', hmacKey).update(JSON.stringify(of)).digest('hex').slice(0, 32)
}

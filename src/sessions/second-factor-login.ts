import { recordAudit, type Origin } from '../audit/index.ts'
import type { Database } from '../database/index.ts'
import { InvalidChallengeError, InvalidSecondFactorError } from '../errors.ts'
import type { Keyring } from '../keys/index.ts'
import { createThrottle, type ThrottleOptions } from '../throttle/index.ts'
import type { BeginSession } from './begin-session.ts'
import type { Challenges } from './challenge.ts'
import type { GivenFactor } from './proof.ts'
import type { SecondFactorCheck } from './second-factor-check.ts'
import { findChallengedUser } from './second-factor-store.ts'
import { queryCredentialStore } from './session-store.ts'
import type { Grant } from './tokens.ts'

interface SecondStep {
  /** As the login has answered it. */
  challenge: string
  given: GivenFactor
  /** The session of the cookie that this login replaces. */
  replacedSessionId: string | undefined
  origin: Origin
}

interface SecondFactorLoginOptions extends ThrottleOptions {
  database: Database
  keyring: Pick<Keyring, 'awaitRevocations'>
  challenges: Challenges
  check: SecondFactorCheck
  beginSession: BeginSession
  sessionMaxSeconds: number
}

/**
 * Makes the second step of a login.
 *
 * @returns step -> grant; throws InvalidChallengeError, for a forged one without a query; InvalidSecondFactorError, after which the
 *   challenge may be tried again; TooManyAttemptsError; CredentialStoreUnavailableError
 */
export function createSecondFactorLogin (options: SecondFactorLoginOptions): (step: SecondStep) => Promise<Grant> {
  const { database: { kysely: db }, keyring, challenges, check, beginSession, sessionMaxSeconds } = options
  const throttle = createThrottle(options)

  return async function logInWithSecondFactor ({ challenge: text, given, replacedSessionId, origin }) {
    const challenge = challenges.parse(text)
    if (challenge === undefined) throw new InvalidChallengeError()
    const { userId, isAccountCounted } = challenge
    // Before a guess is counted: an old challenge must not use up the guesses of the user.
    const normalizedEmail = await queryCredentialStore(() => findChallengedUser(db, challenge))
    if (normalizedEmail === undefined) throw new InvalidChallengeError()
    const checked = await check.verify({ userId, given, expected: { challenge: text }, origin })
    if (checked === undefined) return reject(userId, given, origin)
    const counted = throttle.toCounted({ normalizedEmail, ip: origin.ip }, isAccountCounted)
    const login = { userId, proof: checked.proof, challenge, counted, replacedSessionId, origin }
    const session = await queryCredentialStore(() => beginSession(db, login))
    if (session === 'void') throw new InvalidChallengeError()
    if (session === 'used') return reject(userId, given, origin)
    await check.pass({ userId, origin }, checked)
    await queryCredentialStore(() => keyring.awaitRevocations(session.revokedKeys))
    return { ...session, userId, generation: 1, remainingSeconds: sessionMaxSeconds }
  }

  async function reject (userId: string, given: GivenFactor, origin: Origin): Promise<never> {
    const details = { method: toMethod(given), purpose: 'login' }
    await queryCredentialStore(() => recordAudit(db, { type: 'second_factor_rejected', userId, origin, details }))
    throw new InvalidSecondFactorError()
  }
}

function toMethod (given: GivenFactor): string {
  if ('totp' in given) return 'totp'
  return 'passkey' in given ? 'passkey' : 'recovery_code'
}

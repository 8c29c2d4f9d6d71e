import { v7 as uuidv7 } from 'uuid'
import { countFactors, toFactorNames, type SecondFactor } from '../accounts/index.ts'
import type { Origin } from '../audit/index.ts'
import type { Outbox } from '../mail/index.ts'
import { createSecondFactorThrottle, type CountedSecondFactor, type ThrottleOptions } from '../throttle/index.ts'
import type { GivenFactor, SecondFactorProof, SecondFactorVerifier } from './proof.ts'
import { queryCredentialStore } from './session-store.ts'

interface SecondFactorCheckOptions extends ThrottleOptions {
  verifier: SecondFactorVerifier
  outbox: Outbox
  /** Of passkeys that can be used. */
  rpId: string
}

interface Given {
  userId: string
  given: GivenFactor
  /** What a passkey has to have signed: this challenge, or one of a step-up in this session. */
  expected: { challenge: string } | { sessionId: string }
  origin: Origin
}

interface CheckedFactor {
  proof: SecondFactorProof
  /** Undefined for what cannot be guessed. */
  counted: CountedSecondFactor | undefined
}

/** Verifies second factors of logins and step-ups. Guesses of TOTP are counted before they are looked at. */
export interface SecondFactorCheck {
  /** The second factors that the user can give. */
  listMethods (userId: string): Promise<SecondFactor[]>
  /** The options for a passkey of the user: see `SecondFactorVerifier`. */
  toPasskeyOptions (userId: string, challenge: string): Promise<object>
  /** @returns undefined for a wrong one; throws TooManyAttemptsError, CredentialStoreUnavailableError */
  verify (given: Given): Promise<CheckedFactor | undefined>
  /** Takes back what was counted, once the factor is used: the address is known to the user from now on. */
  pass (user: { userId: string, origin: Origin }, checked: Pick<CheckedFactor, 'counted'>): Promise<void>
}

export function createSecondFactorCheck ({ verifier, outbox, rpId, ...options }: SecondFactorCheckOptions): SecondFactorCheck {
  const { database: { kysely: db } } = options
  const throttle = createSecondFactorThrottle(options)

  /** The owner always has a way in: only what can be guessed is counted. */
  function countGuess (userId: string, { ip }: Origin): Promise<CountedSecondFactor> {
    return throttle.admit({ userId, ip, ...(outbox.isEnabled && { noticeId: uuidv7() }) })
  }

  return {
    listMethods: async (userId) => toFactorNames(await queryCredentialStore(() => countFactors(db, userId, rpId))),
    toPasskeyOptions: (userId, challenge) => queryCredentialStore(() => verifier.toPasskeyOptions(userId, challenge)),
    async verify ({ userId, given, expected, origin }) {
      if ('recoveryCode' in given) {
        const proof = verifier.readRecoveryCode(userId, given.recoveryCode)
        return proof && { proof, counted: undefined }
      }
      if ('passkey' in given) {
        const proof = await queryCredentialStore(() => verifier.verifyPasskey(given.passkey, userId, expected))
        return proof && { proof, counted: undefined }
      }
      // Before it is counted, so that no query is between a guess that counts and the look at it.
      const findProof = await queryCredentialStore(() => verifier.openTotp(userId))
      const counted = await queryCredentialStore(() => countGuess(userId, origin))
      const proof = findProof(given.totp)
      return proof && { proof, counted }
    },
    async pass ({ userId, origin }, { counted }) {
      // The session has begun, and the factor is used up: a guess that stays counted is no reason to fail.
      await throttle.pass({ userId, ip: origin.ip }, counted).catch(() => {})
    }
  }
}

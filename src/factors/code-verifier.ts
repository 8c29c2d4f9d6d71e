import type { Database } from '../database/index.ts'
import { SecretKeysError } from '../secrets/index.ts'
import type { SecondFactorVerifier } from '../sessions/index.ts'
import { toRecoveryCodeDigest } from './recovery-codes.ts'
import { findTotp } from './factor-store.ts'
import { DRIFT_STEPS, findStep } from './totp.ts'
import { createTotpSecrets } from './totp-secrets.ts'

/** What verifies codes: of authenticator apps, and recovery codes. */
type CodeVerifier = Pick<SecondFactorVerifier, 'openTotp' | 'readRecoveryCode'>

/** It finds out which code it is. Whether it was used before, the statement of the login finds out, which uses it up. */
export function createCodeVerifier ({ database: { kysely: db }, secretKeys }: {
  database: Pick<Database, 'kysely'>, secretKeys: readonly Buffer[]
}): CodeVerifier {
  const secrets = createTotpSecrets(secretKeys)
  return {
    async openTotp (userId) {
      const totp = await findTotp(db, userId)
      if (totp?.secretJwe == null) return () => undefined
      // The start of the service and `doctor` say it; for the user it is a wrong code, beside which there are other ways.
      const secret = await secrets.open(userId, totp.secretJwe).catch(ignoreUnreadable)
      return (code) => {
        if (secret === undefined) return undefined
        const step = findStep(secret, code, { step: totp.step, drift: DRIFT_STEPS })
        return step === undefined ? undefined : { kind: 'totp', step }
      }
    },
    readRecoveryCode (userId, code) {
      const digest = toRecoveryCodeDigest(userId, code)
      return digest && { kind: 'recovery_code', digest }
    }
  }
}

function ignoreUnreadable (error: unknown): undefined {
  if (!(error instanceof SecretKeysError)) throw error
  return undefined
}

import type { SecondFactorVerifier } from '../sessions/index.ts'

/** What verifies codes: of authenticator apps, and recovery codes. */
export type CodeVerifier = Pick<SecondFactorVerifier, 'verifyTotp' | 'readRecoveryCode'>

export function createCodeVerifier (): CodeVerifier {
  return { verifyTotp: async () => undefined, readRecoveryCode: () => undefined }
}

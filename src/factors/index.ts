export { createCodeVerifier } from './code-verifier.ts'
export { applySecondFactorPolicy } from './policy.ts'
export { countUnreadableSecrets, reportUnreadableSecrets, resealTotpSecrets } from './reseal.ts'
export { createFactorServices, type AccountSecurity, type FactorOwner, type FactorService } from './factor-service.ts'

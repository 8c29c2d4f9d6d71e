export { createCodeVerifier } from './code-verifier.ts'
export { createFactorServices, type AccountSecurity, type FactorOwner, type FactorService } from './factor-service.ts'

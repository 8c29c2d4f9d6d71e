// `gatepass/verify/web`: the verifier for runtimes that have the Fetch API and no node:http, such as Workers and middleware of Next.js.
export {
  defineRoles, type Acr, type Algorithm, type Capability, type CustomClaims, type Level, type RoleDefinitions, type RoleName, type Roles
} from '../../contract/index.ts'
export type { CurrentUser } from '../current-user.ts'
// A star, because a service can add to `Register` only if it is exported in this way.
export * from '../register.ts'
export { Rejection, type RejectionReason, type RejectionResponse, type TokenRejection } from '../rejection.ts'
export type { EdgeHealth } from '../remote/health.ts'
export type { EdgeLog } from '../remote/log.ts'
export type { RequestGuardOptions } from '../request-guard.ts'
export type { StepUpOptions } from '../step-up.ts'
export { createVerifier, type WebGuard, type WebRevocationOptions, type WebVerifier, type WebVerifierOptions } from './web-verifier.ts'

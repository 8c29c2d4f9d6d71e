export { toLifetimeSeconds } from './challenges.ts'
export { createPasskeyServices, type PasskeyOwner, type PasskeyService } from './passkey-service.ts'
export { listPasskeys } from './passkey-store.ts'
export { createPasskeyVerifier, toUserHandle, type PasskeyVerifier } from './passkey-verifier.ts'
export { findPasskeyFault, reportPasskeys } from './report.ts'
export { passkeyLogin } from './routes.ts'
export {
  NothingSchema, PasskeyCreationSchema, PasskeyNameSchema, PasskeyRequestSchema, PasskeySchema, toPasskeyBody, type PasskeyCreation,
  type PasskeyRequest
} from './schemas.ts'

// A client for browsers, React Native and Node that never loses a session, typed by the OpenAPI document.
export type { AccountMethods, CodeRequest, RegisteredUser, Registration, RegistrationProof } from './account.ts'
export type { components, operations, paths } from './api.ts'
export { isAutofillSupported, isPasskeySupported } from './browser-passkeys.ts'
export { createClient, type Client, type ClientOptions } from './client.ts'
export {
  EnrolmentNeededError, ProblemError, SecondFactorNeededError, StepUpNeededError, StorageError, UnavailableError
} from './errors.ts'
export type { EnrolmentMethods, FactorMethods, Passkey, Security } from './factors.ts'
export type { LoginMethods, PasskeyLoginOptions, SecondFactor } from './login.ts'
export type { Channel, Clock, Fetch, Locks, PasskeyJson, Passkeys } from './platform.ts'
export type { Ask, Method, PathOf, RequestOptions, ResultOf } from './request.ts'
export type { StepUpProof } from './step-up.ts'
export type { TokenStorage } from './store.ts'
export type { Change, CurrentUser } from './tokens.ts'

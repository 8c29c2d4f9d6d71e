// The service as a library: for embedding it in another process, and for tests.
export { buildApp, type AppOptions } from './app.ts'
export { runCommandLine } from './cli/index.ts'
export { ConfigError, loadConfig, type Config } from './config/index.ts'
export {
  defineError, type InvalidMember, InvalidRequestError, NotFoundError, type PublicError, type PublicErrorClass, toErrorResponses
} from './errors.ts'
export { createLog } from './http/index.ts'
export { closeDependencies, OperatorError, openDependencies, type Dependencies } from './dependencies.ts'
export { createSessionVerifier, type SessionVerifierOptions } from './session-verifier.ts'
export { createSessionCookie, createSessionStore, type SessionStore } from './sessions/index.ts'
export type { Module, ModuleOptions, ModulePlugin, ModuleWithTables } from './team-modules.ts'

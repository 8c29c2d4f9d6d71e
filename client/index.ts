// A client for browsers, React Native and Node that never loses a session, typed by the OpenAPI document.
export type { components, operations, paths } from './api.ts'
export { createClient, type Client, type ClientOptions } from './client.ts'
export { ProblemError, StepUpNeededError, StorageError, UnavailableError } from './errors.ts'
export type { Channel, Clock, Fetch, Locks } from './platform.ts'
export type { Ask, Method, PathOf, RequestOptions, ResultOf } from './request.ts'
export type { StepUpProof } from './step-up.ts'
export type { TokenStorage } from './store.ts'
export type { Change, CurrentUser } from './tokens.ts'

// A client for browsers, React Native and Node that never loses a session, typed by the OpenAPI document.
export type { components, operations, paths } from './api.ts'
export { createClient, type Client, type ClientOptions } from './client.ts'
export { ProblemError, StorageError, UnavailableError } from './errors.ts'
export type { Channel, Clock, Fetch, Locks } from './platform.ts'
export type { Ask, Method, PathOf, RequestOptions, ResultOf } from './request.ts'
export type { Change } from './session.ts'
export type { TokenStorage } from './store.ts'
export type { CurrentUser } from './tokens.ts'

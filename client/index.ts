// A client for browsers, React Native and Node that never loses a session, typed by the OpenAPI document.
export { type components, type operations, type paths } from './api.ts'
export { createClient, type Client, type ClientOptions } from './client.ts'
export { ProblemError, StorageError, UnavailableError } from './errors.ts'
export { type Channel, type Clock, type Fetch, type Locks } from './platform.ts'
export { type Ask, type Method, type PathOf, type RequestOptions, type ResultOf } from './request.ts'
export { type Change } from './session.ts'
export { type TokenStorage } from './store.ts'
export { type CurrentUser } from './tokens.ts'

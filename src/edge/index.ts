// `gatepass/edge`: the same verifier as a Fastify plugin. A bearer token becomes `request.currentUser`.
// A star, because a service can add to `Register` only if it is exported in this way.
export * from '../verify/index.ts'
export type { Verifier } from './guard.ts'
export { edge, edge as default, type EdgeOptions } from './plugin.ts'

// Bare Fastify apps with a guarded module: no error handler, no problem plugin.
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import { createLocalKeySource, defineRoles, edge, type EdgeOptions, type TokenVerifier } from '../../../src/edge/index.ts'
import { createTokenVerifier, type TokenVerifierOptions } from '../../../src/verify/token-verifier.ts'
import { AUDIENCE, ISSUER, testKeyMaterial } from '../../support/tokens.ts'

interface Teardown {
  teardown (close: () => Promise<void>): void
}

export const roles = defineRoles({
  admin: ['campaigns:read', 'campaigns:write', 'users:read'],
  'sub-editor': ['campaigns:read', 'campaigns:write'],
  user: ['campaigns:read']
})

export function verifierWith (options: Partial<TokenVerifierOptions> = {}): TokenVerifier {
  return createTokenVerifier({ issuer: ISSUER, audience: AUDIENCE, roles, keys: createLocalKeySource([testKeyMaterial.jwk]), ...options })
}

export function createApp (t: Teardown, options: FastifyServerOptions = {}): FastifyInstance {
  const app: FastifyInstance = Fastify(options)
  t.teardown(() => app.close())
  return app
}

/** An app with one module, and GET /campaigns in it, which returns the user. */
export async function createGuardedApp (t: Teardown, options: Partial<EdgeOptions> = {}): Promise<FastifyInstance> {
  const app = createApp(t)
  await app.register(async (module) => {
    await module.register(edge, { verifier: verifierWith(), allow: 'campaigns:read', ...options })
    module.get('/campaigns', ({ currentUser: { id, role } }) => ({ id, role }))
  })
  return app
}

export const INVALID_TOKEN = {
  type: '/problems/invalid-token', title: 'Unauthorized', status: 401, detail: 'The access token is not valid.', code: 'invalid_token'
}

export const MISSING_TOKEN = {
  type: '/problems/missing-token', title: 'Unauthorized', status: 401, detail: 'An access token is needed.', code: 'missing_token'
}

export const INSUFFICIENT_SCOPE = {
  type: '/problems/insufficient-scope',
  title: 'Forbidden',
  status: 403,
  detail: 'Your role does not allow this.',
  code: 'insufficient_scope'
}

export const DOUBLED = {
  type: '/problems/invalid-request', title: 'Bad Request', status: 400, detail: 'Send exactly one credential.', code: 'invalid_request'
}

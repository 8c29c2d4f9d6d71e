// GET /auth/check, as gateways call it.
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import t, { type Test } from 'tap'
import { createDenyList, createLocalKeySource, createVerifier, defineRoles, type DenyList } from '../../../src/edge/index.ts'
import { InvalidTargetError } from '../../../src/errors.ts'
import { check } from '../../../src/modules/check/index.ts'
import { createBareApp } from '../../support/app.ts'
import { bearer, goodClaims, ISSUER, testKey } from '../../support/tokens.ts'

const roles = defineRoles({ admin: ['users:read', 'users:write'], user: ['account:read'] })
const NAMES = ['x-auth-user', 'x-auth-role', 'x-auth-session', 'x-auth-claims'] as const

async function createCheck (t: Test): Promise<{ app: FastifyInstance, denyList: DenyList }> {
  const denyList = createDenyList()
  const verifierFor = (audience = 'api') => {
    if (!['api', 'ads'].includes(audience)) throw new InvalidTargetError()
    return createVerifier({ issuer: ISSUER, audience, roles, keys: createLocalKeySource([testKey]), denyList })
  }
  const app = await createBareApp(t)
  await app.register(check, { verifierFor })
  return { app, denyList }
}

function pick ({ headers }: LightMyRequestResponse): unknown[] {
  return NAMES.map((name) => headers[name])
}

t.test('a good token is 204 without a body, and the user is in the headers', async (t) => {
  const { app } = await createCheck(t)
  const claims = goodClaims({ role: 'admin', ext: { org_id: 'acme', plan: 'größer', seats: 3, trial: true } })
  for (const method of ['GET', 'HEAD'] as const) {
    const reply = await app.inject({
      method,
      url: '/auth/check?allow=users:write',
      headers: { authorization: bearer(claims), 'x-auth-user': 'root', 'x-auth-role': 'root', 'x-auth-session': 'x', 'x-auth-claims': '{}' }
    })
    t.match([reply.statusCode, reply.body, reply.headers['cache-control']], [204, '', 'no-store'])
    const ascii = '{"org_id":"acme","plan":"gr\\u00f6\\u00dfer","seats":3,"trial":true}'
    t.strictSame(pick(reply), [claims.sub, 'admin', claims.sid, ascii], method)
    t.notOk(reply.headers['content-type'])
  }
})

t.test('every header is in every 204, so that none of the client\'s own passes a gateway that copies them', async (t) => {
  const { app } = await createCheck(t)
  const claims = goodClaims({ role: 'user' })
  const reply = await app.inject({ url: '/auth/check', headers: { authorization: bearer(claims) } })
  t.strictSame(pick(reply), [claims.sub, 'user', claims.sid, '{}'])
})

t.test('what is refused, and how', async (t) => {
  const { app, denyList } = await createCheck(t)
  const revoked = goodClaims()
  denyList.revokeSession({ sid: revoked.sid, exp: revoked.exp })
  const scoped = goodClaims({ role: 'admin', client_id: 'reports', scope: 'users:read' })
  const user = bearer(goodClaims({ role: 'user' }))
  const table: Array<[name: string, query: string, headers: InjectOptions['headers'], status: number, code: string, challenge?: RegExp]> = [
    ['no token', '', {}, 401, 'missing_token', /^Bearer$/],
    ['a bad token', '', { authorization: 'Bearer x' }, 401, 'invalid_token', /error="invalid_token"/],
    ['a revoked session', '', { authorization: bearer(revoked) }, 401, 'invalid_token', /error="invalid_token"/],
    ['another audience', '?audience=ads', { authorization: user }, 401, 'invalid_token', /error="invalid_token"/],
    ['a capability that the role lacks', '?allow=users:read', { authorization: user }, 403, 'insufficient_scope', /_scope/],
    ['a capability above the ceiling', '?allow=users:write', { authorization: bearer(scoped) }, 403, 'insufficient_scope', /_scope/],
    ['a ceiling, where no capability is asked for', '', { authorization: bearer(scoped) }, 403, 'insufficient_scope', /_scope/],
    ['an unknown capability', '?allow=users:raed', { authorization: user }, 400, 'invalid_request'],
    ['an unknown capability, without a token', '?allow=users:raed', {}, 400, 'invalid_request'],
    ['an empty one', '?allow=', { authorization: user }, 400, 'invalid_request'],
    ['two capabilities', '?allow=account:read&allow=users:read', { authorization: user }, 400, 'invalid_request'],
    ['an unknown audience', '?audience=nobody', { authorization: user }, 400, 'invalid_target'],
    ['an unknown parameter', '?alow=users:read', { authorization: user }, 400, 'invalid_request'],
    ['a token in the URL', `?access_token=${user.slice(7)}`, { authorization: user }, 400, 'invalid_request']
  ]
  for (const [name, query, headers, status, code, challenge] of table) {
    const reply = await app.inject({ url: `/auth/check${query}`, headers: headers ?? {} })
    t.match([reply.statusCode, reply.json().code, reply.headers['cache-control']], [status, code, 'no-store'], name)
    t.match(reply.headers['content-type'], /^application\/problem\+json/, name)
    if (challenge === undefined) t.notOk(reply.headers['www-authenticate'], name)
    else t.match(reply.headers['www-authenticate'], challenge, name)
    t.strictSame(pick(reply), [undefined, undefined, undefined, undefined], name)
  }
})

t.test('a token with a ceiling passes for what its ceiling names, without the name of its role', async (t) => {
  const { app } = await createCheck(t)
  const scoped = goodClaims({ role: 'admin', client_id: 'reports', scope: 'users:read' })
  const reply = await app.inject({ url: '/auth/check?allow=users:read', headers: { authorization: bearer(scoped) } })
  t.equal(reply.statusCode, 204)
  t.strictSame(pick(reply), [scoped.sub, '', scoped.sid, '{}'])
})

t.test('each audience has its own tokens', async (t) => {
  const { app } = await createCheck(t)
  const ads = { authorization: bearer(goodClaims({ aud: 'ads' })) }
  t.equal((await app.inject({ url: '/auth/check?audience=ads', headers: ads })).statusCode, 204)
  t.equal((await app.inject({ url: '/auth/check', headers: ads })).statusCode, 401)
})

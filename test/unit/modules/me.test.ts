import { randomUUID } from 'node:crypto'
import t from 'tap'
import { defaultRoles } from '../../../src/contract/index.ts'
import { createLocalKeySource, createVerifier } from '../../../src/edge/index.ts'
import { me } from '../../../src/modules/account/index.ts'
import { createBareApp } from '../../support/app.ts'
import { bearer, testKey, AUDIENCE, ISSUER } from '../../support/tokens.ts'

const verifier = createVerifier({
  issuer: ISSUER, audience: AUDIENCE, roles: defaultRoles, keys: createLocalKeySource([testKey]), revocations: false
})

t.test('TF14: the current user comes from the token alone, with claims, and when and how it was authenticated', async (t) => {
  const app = await createBareApp(t)
  await app.register(me, { verifier })
  const [sub, sid] = [randomUUID(), randomUUID()]
  const iat = Math.floor(Date.now() / 1000)
  const reply = await app.inject({
    url: '/me',
    headers: {
      authorization: bearer({ sub, sid, role: 'advertiser', iat, exp: iat + 300, auth_time: iat - 9, acr: 'phr', ext: { org: 7 } })
    }
  })
  t.equal(reply.statusCode, 200)
  t.equal(reply.headers['cache-control'], 'no-store')
  t.strictSame(reply.json(), {
    id: sub,
    role: 'advertiser',
    capabilities: ['account:read', 'account:write', 'account:enrol', 'campaigns:read', 'campaigns:write'],
    session_id: sid,
    issued_at: new Date(iat * 1000).toISOString(),
    expires_at: new Date((iat + 300) * 1000).toISOString(),
    claims: { org: 7 },
    level: 3,
    auth_time: new Date((iat - 9) * 1000).toISOString()
  })
})

t.test('the token of a machine has no time and no level', async (t) => {
  const app = await createBareApp(t)
  await app.register(me, { verifier })
  const sub = randomUUID()
  const authorization = bearer({ sub, client_id: sub, auth_time: undefined, acr: undefined })
  const reply = await app.inject({ url: '/me', headers: { authorization } })
  t.match({ status: reply.statusCode, ...reply.json() }, { status: 200, id: sub, claims: {}, level: null, auth_time: null })
})

t.test('AZ7: without a token, with a broken one or with an unknown role, the response tells nothing about a user', async (t) => {
  const app = await createBareApp(t)
  await app.register(me, { verifier })
  const table: Array<[name: string, headers: Record<string, string>, status: number, code: string]> = [
    ['none', {}, 401, 'missing_token'],
    ['broken', { authorization: 'Bearer x.y.z' }, 401, 'invalid_token'],
    ['unknown role', { authorization: bearer({ role: 'stranger' }) }, 403, 'insufficient_scope']
  ]
  for (const [name, headers, status, code] of table) {
    for (const method of ['GET', 'HEAD'] as const) {
      const reply = await app.inject({ method, url: '/me', headers })
      t.equal(reply.statusCode, status, `${method}, ${name}`)
      t.equal(reply.headers['cache-control'], 'no-store')
      if (method === 'GET') t.equal(reply.json().code, code)
    }
  }
})

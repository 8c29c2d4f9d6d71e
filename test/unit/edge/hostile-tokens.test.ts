import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { ALGORITHMS } from '../../../src/contract/index.ts'
import { createLocalKeySource, edge } from '../../../src/edge/index.ts'
import { createApp, createGuardedApp, INVALID_TOKEN, verifierWith } from './apps.ts'
import { hostileTokens } from './hostile-tokens.ts'
import { goodClaims, mint, createKeyMaterial } from '../../support/tokens.ts'

for (const alg of ALGORITHMS) {
  const material = createKeyMaterial(alg)
  const verifier = verifierWith({ keys: createLocalKeySource([material.jwk]) })

  t.test(`VF9: ${alg}: a valid token is accepted, with each form of its typ`, async (t) => {
    const app = await createGuardedApp(t, { verifier })
    for (const typ of ['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt']) {
      const token = mint(material, goodClaims(), { kid: material.jwk.kid, typ, alg })
      for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
        t.equal(
          (await app.inject({ url: '/campaigns', headers: { authorization: `${scheme} ${token}` } })).statusCode, 200,
          `${scheme}, ${typ}`
        )
      }
    }
  })

  t.test(`VF1, VF2, VF3, VF4, VF5, VF9, VF12, VF13, VF15, VF16, ER4, ER6, ER10: ${alg}: all hostile tokens get one response`, async (t) => {
    const app = await createGuardedApp(t, { verifier })
    const rows = hostileTokens(material, goodClaims())
    t.ok(rows.length >= 300, `${rows.length} rows`)
    const expected = {
      status: 401,
      challenge: 'Bearer error="invalid_token", error_description="The access token is not valid."',
      type: 'application/problem+json; charset=utf-8',
      body: INVALID_TOKEN
    }
    const failures: object[] = []
    for (const [name, authorization] of rows) {
      const reply = await app.inject({ url: '/campaigns', headers: { authorization } })
      const response = {
        status: reply.statusCode, challenge: reply.headers['www-authenticate'], type: reply.headers['content-type'], body: reply.json()
      }
      if (!isDeepStrictEqual(response, expected)) failures.push({ name, ...response })
    }
    t.strictSame(failures, [])
  })

  t.test(`VF23: ${alg}: request.jwtVerify() has the same result`, async (t) => {
    const app = createApp(t)
    await app.register(async (module) => {
      // Registered before the guard, so that it runs first.
      module.addHook('onRequest', async (request, reply) => {
        try {
          await request.jwtVerify()
        } catch (error) {
          reply.send({ code: Reflect.get(Object(error), 'code') })
        }
      })
      await module.register(edge, { verifier, allow: 'campaigns:read' })
      module.get('/campaigns', () => ({ code: 'accepted' }))
    })
    const fetchCode = async (authorization: string) => (await app.inject({ url: '/campaigns', headers: { authorization } })).json().code
    const rows = hostileTokens(material, goodClaims())
    t.ok(rows.length >= 300, `${rows.length} rows`)
    const failures: string[] = []
    for (const [name, authorization] of rows) if (await fetchCode(authorization) !== 'invalid_token') failures.push(name)
    t.strictSame(failures, [])
    t.equal(await fetchCode(`Bearer ${mint(material, goodClaims())}`), 'accepted')
    t.equal(await fetchCode('Basic dTpw'), 'missing_token')
  })
}

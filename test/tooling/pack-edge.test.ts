import t from 'tap'
import { pack, Service, VERIFIER, withVersion } from '../support/packages.ts'
import { bearer } from '../support/tokens.ts'

t.test('the edge alone installs beside fastify, verifies a token, and brings no database along', async (t) => {
  t.setTimeout(600_000)
  const folder = t.testdir({ packed: {}, service: {} })
  const tarballs = await pack('edge', `${folder}/packed`)
  t.strictSame(tarballs.map((path) => path.replace(/^.*\/|-\d.*$/g, '')), ['gatepass-verify', 'gatepass-edge'])
  const service = new Service(`${folder}/service`)
  await service.install('--omit=peer', ...tarballs)
  service.assertSize(t, 'gatepass-edge')
  await service.install(withVersion('fastify'))
  const packages = service.listPackages()
  for (const absent of ['pg', 'kysely', 'argon2', '@electric-sql/pglite', 'gatepass']) t.notOk(packages.includes(absent), absent)
  t.strictSame(service.listDependencies('gatepass-edge'), ['@fastify/jwt', 'fastify-plugin', 'gatepass-verify'])
  t.equal(packages.filter((name) => name === 'gatepass-verify').length, 1)

  t.match(await service.run(`
    import Fastify from 'fastify'
    import edge, { createLocalKeySource, createVerifier, defineRoles, Rejection } from 'gatepass-edge'
    import { Rejection as SameRejection } from 'gatepass-verify'
    ${VERIFIER}
    const app = Fastify()
    app.register(async (module) => {
      await module.register(edge, { verifier, allow: 'things:read' })
      module.get('/things', ({ currentUser }) => ({ is: currentUser.isUser() }))
    })
    for (const authorization of ['${bearer()}', 'Bearer nonsense']) {
      console.log((await app.inject({ url: '/things', headers: { authorization } })).body)
    }
    try {
      verifier.guard({ allow: 'things:read' })(new Request('https://api.example.com/'))
    } catch (error) {
      console.log(error instanceof Rejection, error instanceof SameRejection)
    }
  `), ['{"is":true}', /^\{.*"code":"invalid_token".*\}$/, 'true true'])

  t.equal(await service.findTypeErrors(`
    import Fastify from 'fastify'
    import { createLocalKeySource, createVerifier, defineRoles, edge } from 'gatepass-edge'
    import type { CurrentUser } from 'gatepass-verify'
    ${VERIFIER}
    declare module 'gatepass-edge' {
      interface Register { roles: typeof roles, claims: { org_id: string } }
    }
    export async function start () {
      const app = Fastify()
      await app.register(edge, { verifier, allow: 'things:read' })
      // @ts-expect-error no role grants it
      await app.register(edge, { verifier, allow: 'things:raed' })
      // @ts-expect-error no role grants it
      app.get('/raed', { config: { allow: 'things:raed' } }, () => ({}))
      app.get('/things', { config: { allow: 'things:write', stepUp: { maxAge: 300 } } }, ({ currentUser }) => {
        // @ts-expect-error no such role
        currentUser.isAdvertiser()
        const same: CurrentUser = currentUser
        const organisation: string | undefined = same.claims.org_id
        return { admin: currentUser.isAdmin(), organisation }
      })
      return verifier.guard({ allow: 'things:write' })(new Request('https://api.example.com/')).isAdmin()
    }
  `), '')
})

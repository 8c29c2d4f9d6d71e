import t from 'tap'
import { pack, Service, VERIFIER } from '../support/packages.ts'
import { bearer } from '../support/tokens.ts'

/** All that is installed with it: what verifies a signature, and what that needs. */
const VERIFY_PACKAGES = [
  '@lukeed/ms', 'asn1.js', 'bn.js', 'ecdsa-sig-formatter', 'fast-jwt', 'gatepass-verify', 'inherits', 'minimalistic-assert', 'mnemonist',
  'obliterator', 'ret', 'safe-buffer', 'safe-regex2', 'safer-buffer'
]

t.test('the verifier alone installs without a framework, and guards a server of node:http', async (t) => {
  t.setTimeout(600_000)
  const folder = t.testdir({ packed: {}, service: {} })
  const tarballs = await pack('verify', `${folder}/packed`)
  t.equal(tarballs.length, 1)
  const service = new Service(`${folder}/service`)
  await service.install(...tarballs)
  t.strictSame(service.listPackages(), VERIFY_PACKAGES)
  t.strictSame(service.listDependencies('gatepass-verify'), ['fast-jwt'])
  service.assertSize(t, 'gatepass-verify')

  const [accepted, refused = '', missing = ''] = await service.run(`
    import { createServer } from 'node:http'
    import { createLocalKeySource, createVerifier, defineRoles, Rejection } from 'gatepass-verify'
    ${VERIFIER}
    const guard = verifier.guard({ allow: 'things:read' })
    const server = createServer((request, response) => {
      try {
        response.end(String(guard(request).isUser()))
      } catch (error) {
        if (!(error instanceof Rejection)) throw error
        response.writeHead(error.status, error.headers).end(error.body)
      }
    }).listen(0, '127.0.0.1', async () => {
      for (const authorization of ['${bearer()}', 'Bearer nonsense', 'Basic dTpw']) {
        const response = await fetch('http://127.0.0.1:' + server.address().port, { headers: { authorization } })
        console.log(response.status, response.headers.get('www-authenticate'), await response.text())
      }
      server.close()
    })
  `)
  t.equal(accepted, '200 null true')
  t.match(refused, /^401 Bearer error="invalid_token", .*"code":"invalid_token"\}$/)
  t.match(missing, /^401 Bearer .*"code":"missing_token"\}$/)

  t.equal(await service.findTypeErrors(`
    import type { IncomingMessage } from 'node:http'
    import { createLocalKeySource, createVerifier, defineRoles, Rejection, type CurrentUser } from 'gatepass-verify'
    ${VERIFIER}
    declare module 'gatepass-verify' {
      interface Register { roles: typeof roles, claims: { org_id: string } }
    }
    const guard = verifier.guard({ allow: 'things:read', stepUp: { maxAge: 300, acr: 'aal2' } })
    // @ts-expect-error no role grants it
    verifier.guard({ allow: 'things:raed' })
    export function onRequest (request: IncomingMessage, fetched: Request): Response | string | undefined {
      const user: CurrentUser = guard(request)
      // @ts-expect-error no such role
      user.isAdvertiser()
      // @ts-expect-error no role grants it
      user.can('things:raed')
      // @ts-expect-error misspelt
      user.claims.org_di
      return guard(fetched).isAdmin() ? user.claims.org_id : new Rejection('insufficient_scope').toResponse()
    }
  `), '')
})

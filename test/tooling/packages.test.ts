// The packages beside the service: each is installed in an empty directory, compiled against in every mode, and run.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import t from 'tap'
import ts from 'typescript'
import { assertPublishable, pack, Service, VERIFIER, withVersion } from '../support/packages.ts'
import { bearer } from '../support/tokens.ts'

t.setTimeout(600_000)

const NAMES = ['gatepass-verify', 'gatepass-edge', 'gatepass-client']

/** All that is installed with the verifier: what verifies a signature, and what that needs. */
const VERIFY_PACKAGES = [
  '@lukeed/ms', 'asn1.js', 'bn.js', 'ecdsa-sig-formatter', 'fast-jwt', 'gatepass-verify', 'inherits', 'jose', 'minimalistic-assert',
  'mnemonist', 'obliterator', 'ret', 'safe-buffer', 'safe-regex2', 'safer-buffer'
]

const folder = t.testdir({ packed: {}, verify: {}, edge: {}, client: {} })
const tarballs = await pack(join(folder, 'packed'), ...NAMES)

t.test('each of them can be published', async (t) => {
  t.strictSame(Object.keys(tarballs), NAMES)
  for (const [name, tarball] of Object.entries(tarballs)) await assertPublishable(t, name, tarball)
})

t.test('the verifier installs without a framework, and guards a server of node:http', async (t) => {
  const service = new Service(join(folder, 'verify'))
  await service.install(String(tarballs['gatepass-verify']))
  t.strictSame(service.listPackages(), VERIFY_PACKAGES)
  t.strictSame(service.listDependencies('gatepass-verify'), ['fast-jwt', 'jose'])
  service.assertSize(t, 'gatepass-verify')

  const runs = await service.try(t, `
    import { createServer, type IncomingMessage } from 'node:http'
    import type { AddressInfo } from 'node:net'
    import { createLocalKeySource, createVerifier, defineRoles, Rejection, type CurrentUser } from 'gatepass-verify'
    import { Rejection as SameRejection } from 'gatepass-verify/web'
    ${VERIFIER}
    declare module 'gatepass-verify' {
      interface Register { roles: typeof roles, claims: { org_id: string } }
    }
    const guard = verifier.guard({ allow: 'things:read' })
    const server = createServer((request, response) => {
      try {
        response.end(String(guard(request).isUser()))
      } catch (error) {
        if (!(error instanceof Rejection && error instanceof SameRejection)) throw error
        response.writeHead(error.status, error.headers).end(error.body)
      }
    }).listen(0, '127.0.0.1', async () => {
      for (const authorization of ['${bearer()}', 'Bearer nonsense', 'Basic dTpw']) {
        const response = await fetch('http://127.0.0.1:' + (server.address() as AddressInfo).port, { headers: { authorization } })
        console.log(response.status, response.headers.get('www-authenticate'), await response.text())
      }
      server.close()
    })

    verifier.guard({ allow: 'things:read', stepUp: { maxAge: 300, acr: 'aal2' } })
    export const mistype = (): unknown => {
      // @ts-expect-error no role grants it
      return verifier.guard({ allow: 'things:raed' })
    }
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
  `)
  for (const { stdout } of runs) {
    const [accepted, refused, missing] = stdout.split('\n')
    t.equal(accepted, '200 null true')
    t.match(refused, /^401 Bearer error="invalid_token", .*"code":"invalid_token"\}$/)
    t.match(missing, /^401 Bearer .*"code":"missing_token"\}$/)
  }
})

t.test('the edge installs beside fastify, verifies a token, and brings no database along', async (t) => {
  const service = new Service(join(folder, 'edge'))
  await service.install('--omit=peer', String(tarballs['gatepass-verify']), String(tarballs['gatepass-edge']))
  service.assertSize(t, 'gatepass-edge')
  await service.install(withVersion('fastify'))
  const packages = service.listPackages()
  for (const absent of ['pg', 'kysely', 'argon2', '@electric-sql/pglite', 'gatepass']) t.notOk(packages.includes(absent), absent)
  t.strictSame(service.listDependencies('gatepass-edge'), ['@fastify/jwt', 'fastify-plugin', 'gatepass-verify'])
  t.equal(packages.filter((name) => name === 'gatepass-verify').length, 1)

  const runs = await service.try(t, `
    import Fastify from 'fastify'
    import edge, { createLocalKeySource, createVerifier, defineRoles, edge as sameEdge, Rejection } from 'gatepass-edge'
    import { Rejection as SameRejection, type CurrentUser } from 'gatepass-verify'
    ${VERIFIER}
    declare module 'gatepass-edge' {
      interface Register { roles: typeof roles, claims: { org_id: string } }
    }
    export async function start () {
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
    }
    void start()

    export async function neverCalled () {
      const app = Fastify()
      await app.register(sameEdge, { verifier, allow: 'things:read' })
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
  `)
  for (const { stdout } of runs) t.match(stdout.split('\n'), ['{"is":true}', /^\{.*"code":"invalid_token".*\}$/, 'true true'])
})

t.test('the client installs with nothing else, is small, and is typed', async (t) => {
  const service = new Service(join(folder, 'client'))
  await service.install('--offline', String(tarballs['gatepass-client']))
  t.strictSame(service.listPackages(), ['gatepass-client'])
  const bytes = gzippedBytes(service.locate('gatepass-client/dist/client'))
  t.ok(bytes < 12_700, String(bytes))
  for (const document of ['README.md', 'docs/client.md']) {
    const [, said] = /(\d+\.\d) KB gzipped/.exec(readFileSync(document, 'utf8')) ?? []
    t.ok(Math.abs(Number(said) * 1000 / bytes - 1) < 0.1, `${document} says ${said} KB, and it is ${bytes} bytes`)
  }

  const runs = await service.try(t, `
    import {
      createClient, EnrolmentNeededError, ProblemError, SecondFactorNeededError, StepUpNeededError, type Client, type paths
    } from 'gatepass-client'
    const answer = async () => Response.json({ code: 'invalid_credentials', detail: 'No.' }, { status: 401 })
    const client: Client = createClient({ baseUrl: 'https://auth.example.com', delivery: 'body', fetch: answer })
    client.login('a', 'b').catch((error) => console.log(error instanceof ProblemError, error.code, client.currentUser()))

    export const path: keyof paths = '/me'
    export async function neverCalled () {
      createClient({ baseUrl: 'https://auth.example.com', delivery: 'cookie', storage: localStorage })
      const { sessions } = await client.ask('GET', '/account/sessions')
      const agents: Array<string | null> = sessions.map((session) => session.user_agent)
      const nothing: undefined = await client.ask('DELETE', '/account/sessions/{id}', { path: { id: agents[0] ?? '' } })
      const { users, next } = await client.ask('GET', '/admin/users', { query: { role: 'admin', limit: 10 } })
      const made = await client.ask('POST', '/admin/users', { body: { email: users[0]!.email, password: 'x', role: 'user' } })
      const known: string | undefined = client.currentUser()?.role ?? made.id ?? next ?? nothing
      // @ts-expect-error there is no such path
      await client.ask('GET', '/nowhere')
      // @ts-expect-error it does not take this method
      await client.ask('POST', '/me')
      // @ts-expect-error which one?
      await client.ask('DELETE', '/account/sessions/{id}')
      // @ts-expect-error it takes no such query
      await client.ask('GET', '/admin/users', { query: { name: 'ada' } })
      // @ts-expect-error a member is missing
      await client.ask('POST', '/admin/users', { body: { email: 'a' } })
      // @ts-expect-error sessions are begun by login
      await client.ask('POST', '/auth/login', { body: { email: 'a', password: 'b' } })
      // @ts-expect-error proofs are given by stepUp
      await client.ask('POST', '/auth/step-up', { body: { password: 'b' } })
      const fetches: Array<typeof fetch> = [client.fetch, client.fetchFor('reports')]
      // @ts-expect-error there is no such proof
      await client.stepUp({ pasword: 'b' })
      const { registration } = await client.register('a@example.com')
      const { email } = await client.completeRegistration({ registration, code: '12345678', password: 'b' })
      await client.completeRegistration({ token: 'c', password: 'b' })
      // @ts-expect-error a code alone opens nothing
      await client.completeRegistration({ code: '12345678', password: 'b' })
      await client.requestPasswordReset(email)
      await client.resetPassword({ token: 'c', newPassword: 'd' })
      const changes = [await client.changeEmail('e@example.com'), await client.requestEmailVerification()]
      for (const { handle, expiresInSeconds } of changes) await client.confirmEmail({ handle, code: expiresInSeconds.toFixed() })
      // @ts-expect-error of which mail?
      await client.confirmEmailVerification({ code: '12345678' })
      const gone: void = await client.deleteAccount()
      const organisation: string | number | boolean | undefined = client.currentUser()?.claims.org_id
      await client.stepUp({ password: 'b', totp: '123456' })
      await client.stepUp({ passkey: true })
      client.login('a', 'b').catch(async (error) => {
        if (error instanceof SecondFactorNeededError) {
          const { challenge, passkeyOptions = {} } = error
          await client.secondFactor({ challenge, totp: '123456' })
          await client.secondFactor({ challenge, passkey: passkeyOptions })
          // @ts-expect-error which factor?
          await client.secondFactor({ challenge })
        }
        if (error instanceof EnrolmentNeededError) await client.enrol(error.accessToken).confirmTotp('123456')
      })
      const { id: userId } = await client.loginWithPasskey({ autofill: true, signal: new AbortController().signal })
      const { passkeys: [passkey] } = await client.security()
      await client.renamePasskey(passkey?.id ?? userId, 'Phone')
      // @ts-expect-error sessions are begun by secondFactor
      await client.ask('POST', '/auth/login/second-factor', { body: { challenge: 'a' } })
      const isNeeded = (error: unknown): number | undefined => error instanceof StepUpNeededError ? error.maxAge : undefined
      return { known, fetches, organisation, isNeeded, gone }
    }
  `, 'page')
  t.strictSame(runs, Array(2).fill({ stdout: 'true invalid_credentials undefined\n', stderr: '' }), 'and it keeps no process alive')
})

/** What is left of its modules on the wire: without comments, which no bundler keeps, and not minified. */
function gzippedBytes (directory: string): number {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true }
  // The hook is for those who import it.
  const names = readdirSync(directory).filter((name) => name.endsWith('.js') && name !== 'react.js')
  const sources = names.map((name) => readFileSync(join(directory, name), 'utf8'))
  const bare = sources.map((source) => ts.transpileModule(source, { compilerOptions }).outputText.replace(/^\s+/gm, ''))
  return gzipSync(bare.join('\n'), { level: 9 }).length
}

// A service that registers its roles and custom claims, compiled as the service would be.
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import t from 'tap'
import ts from 'typescript'

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))

const SERVICE = `
import Fastify, { type FastifyRequest } from 'fastify'
import { createLocalKeySource, defineRoles, edge, type CurrentUser, type Verifier } from 'gatepass/edge'

const roles = defineRoles({ admin: ['campaigns:read', 'reports:read'], advertiser: ['campaigns:read'] })

declare module 'gatepass/edge' {
  interface Register { roles: typeof roles, claims: { org_id: string, seats: number } }
}

export async function start (verifier: Verifier) {
  const app = Fastify()
  await app.register(edge, { verifier, allow: 'campaigns:read' })
  // @ts-expect-error no role grants it
  await app.register(edge, { verifier, allow: 'campaigns:raed' })
  app.get('/reports', { config: { allow: 'reports:read', freshness: 'central' } }, onReports)
  // @ts-expect-error no role grants it
  app.get('/raports', { config: { allow: 'raports:read' } }, onReports)
  // @ts-expect-error there is "central"
  app.get('/fresh', { config: { freshness: 'centre' } }, onReports)
  await app.register(edge, { verifier, allow: 'campaigns:read', stepUp: { maxAge: 300, acr: 'aal2' } })
  app.get('/strong', { config: { allow: 'reports:read', stepUp: { maxAge: 300, acr: 'phr' } } }, onReports)
  // @ts-expect-error no such acr
  app.get('/stronger', { config: { stepUp: { maxAge: 300, acr: 'aal4' } } }, onReports)
  // @ts-expect-error no maxAge
  app.get('/weak', { config: { stepUp: { acr: 'aal1' } } }, onReports)
  // @ts-expect-error no such member
  app.get('/other', { config: { stepUp: { maxAge: 300, amr: ['otp'] } } }, onReports)
}

function onReports ({ currentUser }: FastifyRequest) {
  // @ts-expect-error no such role
  currentUser.isUser()
  // @ts-expect-error no role grants it
  currentUser.can('raports:read')
  return [claimsOf(currentUser), currentUser.isAdmin(), currentUser.isAdvertiser(), currentUser.can('reports:read'), reportsOf(currentUser)]
}

/** Compiles where both are the same type. */
function assertSame<A, B> (..._same: (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? [] : [never]): void {}

function claimsOf ({ claims, authenticatedAt, level }: CurrentUser): string {
  assertSame<typeof claims.org_id, string | undefined>()
  assertSame<typeof claims.seats, number | undefined>()
  assertSame<typeof authenticatedAt, number | undefined>()
  assertSame<typeof level, 1 | 2 | 3 | undefined>()
  // @ts-expect-error so that the check itself is one
  assertSame<typeof claims.org_id, string>()
  // @ts-expect-error misspelled
  claims.org_di
  // @ts-expect-error a user may lack it
  const organisation: string = claims.org_id
  // @ts-expect-error read-only
  claims.org_id = 'another'
  return organisation
}

function reportsOf (user: CurrentUser): string {
  return user.isAdmin() ? createLocalKeySource.name : user.id
}
`

/** The same without Fastify. */
const SERVER = `
import type { IncomingMessage } from 'node:http'
import { createVerifier, defineRoles, type CurrentUser, type RequestGuard } from 'gatepass/verify'

const roles = defineRoles({ admin: ['campaigns:read', 'reports:read'], advertiser: ['campaigns:read'] })

declare module 'gatepass/verify' {
  interface Register { roles: typeof roles, claims: { org_id: string } }
}

const verifier = createVerifier({ issuer: 'https://auth.example.com', audience: 'api', roles })
const guards: RequestGuard[] = [verifier.guard({ allow: 'reports:read', stepUp: { maxAge: 300, acr: 'phr' } })]
// @ts-expect-error no role grants it
guards.push(verifier.guard({ allow: 'raports:read' }))

export function onRequest (request: IncomingMessage | Request): string | undefined {
  const user: CurrentUser | undefined = guards[0]?.(request)
  // @ts-expect-error no such role
  user?.isUser()
  // @ts-expect-error misspelled
  user?.claims.org_di
  return user?.isAdvertiser() === true && user.can('campaigns:read') ? user.claims.org_id : undefined
}
`

t.test('registered roles and custom claims type allow, stepUp and currentUser', async (t) => {
  t.strictSame(compile(t.testdir({ 'service.ts': SERVICE })), [])
})

t.test('registered roles and custom claims type guards and their users', async (t) => {
  t.strictSame(compile(t.testdir({ 'service.ts': SERVER })), [])
})

/** @returns what the compiler says to service.ts */
function compile (directory: string): string[] {
  const { config, error } = ts.readConfigFile(join(PROJECT, 'tsconfig.json'), ts.sys.readFile)
  if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, ' '))
  const { options } = ts.convertCompilerOptionsFromJson({
    ...config.compilerOptions,
    rootDir: PROJECT,
    typeRoots: [join(PROJECT, 'node_modules/@types')],
    paths: {
      'gatepass/edge': [join(PROJECT, 'src/edge/index.ts')],
      'gatepass/verify': [join(PROJECT, 'src/verify/index.ts')],
      '*': [join(PROJECT, 'node_modules/*')]
    }
  }, directory)
  const program = ts.createProgram([join(directory, 'service.ts')], options)
  const service = program.getSourceFile(join(directory, 'service.ts'))
  if (service === undefined) throw new Error('the compiler has not read it')
  return ts.getPreEmitDiagnostics(program, service).map(({ messageText, start, file }) =>
    `${file?.getLineAndCharacterOfPosition(start ?? 0).line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)
}

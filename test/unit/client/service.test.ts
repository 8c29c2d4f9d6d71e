// The client and the service, over a socket and a real database.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt } from 'jose'
import t, { type Test } from 'tap'
import { createClient, StepUpNeededError, type Client } from '../../../client/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { createService } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'
import { PASSWORD } from '../../support/password.ts'
import { until } from '../../support/until.ts'

interface RunningService {
  open (storage?: Map<string, string>, origins?: string[]): Client
  /** The paths of the requests so far. */
  readonly paths: string[]
}

async function listen (t: Test, database: Database, settings: Record<string, string> = {}): Promise<RunningService> {
  const { app } = await createService(t, database, { settings })
  const paths: string[] = []
  app.server.on('request', ({ url }) => paths.push(String(url)))
  await app.listen({ port: 0 })
  const baseUrl = `http://localhost:${(app.server.address() as AddressInfo).port}`
  return {
    paths,
    open (items = new Map(), origins = []) {
      const storage = {
        getItem: (key: string) => items.get(key) ?? null,
        setItem: (key: string, value: string) => items.set(key, value),
        removeItem: (key: string) => items.delete(key)
      }
      const client = createClient({ baseUrl, delivery: 'body', storage, channel: null, origins })
      t.teardown(() => client.close())
      return client
    }
  }
}

/** As if so many seconds had gone by since the session last moved. */
async function age (database: Database, seconds: number): Promise<void> {
  const sessions = await database.kysely.selectFrom('sessions').select(['id', 'rotated_at']).execute()
  for (const { id, rotated_at: rotatedAt } of sessions) {
    await database.kysely.updateTable('sessions').set({
      rotated_at: new Date(rotatedAt.getTime() - seconds * 1000)
    }).where('id', '=', id).execute()
  }
}

/** An API that says which claims the token of a request has. @returns its origin */
async function startApi (t: Test): Promise<string> {
  const server = createServer((request, response) => {
    response.end(JSON.stringify(decodeJwt(request.headers.authorization?.replace('Bearer ', '') ?? '')))
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://localhost:${(server.address() as AddressInfo).port}`
}

/** As if the user of every session had logged in so many seconds earlier. */
async function ageProofs (database: Database, seconds: number): Promise<void> {
  await database.kysely.updateTable('sessions').set({ authenticated_at: new Date(Date.now() - seconds * 1000) }).execute()
}

eachDatabase(t, 'a session from its login to its logout', async (t, database) => {
  await createUser(database, 'ada@example.com', 'advertiser')
  const service = await listen(t, database)
  const client = service.open()
  await t.rejects(client.login('ada@example.com', 'not it'), { code: 'invalid_credentials' })
  const user = await client.login('ada@example.com', PASSWORD)
  t.equal(user.role, 'advertiser')
  const me = await client.ask('GET', '/me')
  t.match(me, { id: user.id, role: 'advertiser', session_id: user.sessionId })
  t.match(await client.ask('GET', '/account/sessions'), { sessions: [{ id: user.sessionId, current: true }] })
  await t.rejects(client.ask('GET', '/admin/users'), { code: 'insufficient_scope', status: 403 })
  await client.logout()
  t.equal(client.currentUser(), undefined)
  await t.rejects(client.ask('GET', '/me'), { code: 'missing_token' })
})

eachDatabase(t, 'a session goes on after a restart, and ends when somebody ends it', async (t, database) => {
  await createUser(database, 'ada@example.com')
  const service = await listen(t, database)
  const items = new Map<string, string>()
  const user = await service.open(items).login('ada@example.com', PASSWORD)
  for (const seconds of [60, 3600, 60]) {
    await age(database, seconds)
    t.strictSame(await service.open(items).restore(), user)
  }
  const client = service.open(items)
  await client.restore()
  const changes: string[] = []
  client.onChange((_user, change) => changes.push(change))
  const other = service.open()
  await other.login('ada@example.com', PASSWORD)
  t.equal(await other.ask('DELETE', '/account/sessions/{id}', { path: { id: user.sessionId } }), undefined)
  await until(() => client.ask('GET', '/me').then(() => false, ({ code }) => code === 'invalid_token'))
  t.strictSame(changes, ['ended'])
  t.equal(items.size, 0)
})

eachDatabase(t, 'a new role and a new password are felt without a logout', async (t, database) => {
  await createUser(database, 'root@example.com', 'admin')
  const id = await createUser(database, 'ada@example.com')
  const service = await listen(t, database)
  const [root, ada] = [service.open(), service.open()]
  await root.login('root@example.com', PASSWORD)
  await ada.login('ada@example.com', PASSWORD)
  await root.ask('PATCH', '/admin/users/{id}', { path: { id }, body: { role: 'advertiser' } })
  await until(async () => (await ada.ask('GET', '/me')).role === 'advertiser')
  t.equal(ada.currentUser()?.role, 'advertiser')
  await t.rejects(
    ada.ask('PUT', '/account/password', { body: { current_password: 'wrong', new_password: 'another horse, another staple' } }),
    { code: 'wrong_password' }
  )
  t.equal(
    await ada.ask('PUT', '/account/password', { body: { current_password: PASSWORD, new_password: 'another horse, another staple' } }),
    undefined
  )
  t.match(await ada.ask('GET', '/me'), { id })
})

eachDatabase(t, 'a token that is stolen and used ends the session for both', async (t, database) => {
  await createUser(database, 'ada@example.com')
  const service = await listen(t, database)
  const items = new Map<string, string>()
  await service.open(items).login('ada@example.com', PASSWORD)
  const stolen = new Map(items)
  for (let round = 0; round < 3; round++) {
    await age(database, 200)
    t.ok(await service.open(items).restore())
  }
  await age(database, 200)
  t.equal(await service.open(stolen).restore(), undefined)
  t.equal(await service.open(items).restore(), undefined)
})

eachDatabase(t, 'three audiences have a token each, by one refresh token that is rotated once', async (t, database) => {
  await createUser(database, 'ada@example.com')
  const service = await listen(t, database, { AUDIENCES: 'api,reports,billing' })
  const api = await startApi(t)
  const items = new Map<string, string>()
  const client = service.open(items, [api])
  const { id: sub, sessionId: sid } = await client.login('ada@example.com', PASSWORD)
  await age(database, 60)
  const audiences = Array.from({ length: 50 }, (_value, index) => ['api', 'reports', 'billing'][index % 3] ?? '')
  const claims = Promise.all(audiences.map(async (audience) => (await client.fetchFor(audience)(`${api}/things`)).json()))
  t.match(await claims, audiences.map((aud) => ({ aud, sub, sid })))
  t.match(await (await client.fetch(`${api}/things`)).json(), { aud: 'api', sid })
  t.strictSame(service.paths, ['/auth/login', '/auth/refresh', '/auth/refresh', '/auth/refresh'])
  const [session] = await database.kysely.selectFrom('sessions').select('current_generation').execute()
  t.equal(Number(session?.current_generation), 2)
  t.equal((await service.open(items).restore())?.sessionId, sid, 'what is stored continues the session')
})

eachDatabase(t, 'an audience that the service does not have ends nothing', async (t, database) => {
  await createUser(database, 'ada@example.com')
  const service = await listen(t, database, { AUDIENCES: 'api,reports' })
  const client = service.open()
  await client.login('ada@example.com', PASSWORD)
  const audiences: Array<[audience: string, code: string]> = [
    ['nowhere', 'invalid_target'], ['API', 'invalid_target'], ['', 'invalid_request'], ['a'.repeat(65), 'invalid_request']
  ]
  for (const [audience, code] of audiences) {
    await t.rejects(client.fetchFor(audience)('/me'), { name: 'ProblemError', status: 400, code }, audience)
    await t.rejects(client.stepUp({ password: PASSWORD }, audience), { name: 'ProblemError', status: 400, code }, audience)
  }
  t.equal((await client.fetchFor('api')('/me')).status, 200)
  t.equal((await client.fetchFor('reports')('/me')).status, 401, 'the service itself takes tokens for the default audience')
})

eachDatabase(t, 'a route that asks for a newer proof has it after a step-up, and only this client does', async (t, database) => {
  await createUser(database, 'root@example.com', 'admin')
  const id = await createUser(database, 'ada@example.com')
  const service = await listen(t, database, { ADMIN_STEP_UP: 'always' })
  const items = new Map<string, string>()
  const client = service.open(items)
  const user = await client.login('root@example.com', PASSWORD)
  await ageProofs(database, 1000)
  const findProof = () => database.kysely.selectFrom('sessions').select('authenticated_at').execute()
  const proof = await findProof()
  const restored = service.open(items)
  await restored.restore()
  const change = (client: Client, role: string) => client.ask('PATCH', '/admin/users/{id}', { path: { id }, body: { role } })
  const error = await change(restored, 'advertiser').catch((error: unknown) => error)
  t.ok(error instanceof StepUpNeededError)
  t.match(error, { acr: undefined, maxAge: 900 })
  await t.rejects(restored.stepUp({ password: 'not it' }), { name: 'ProblemError', status: 403, code: 'wrong_password' })
  await t.rejects(change(restored, 'advertiser'), StepUpNeededError)
  const stored = [...items]
  t.equal(await restored.stepUp({ password: PASSWORD }), undefined)
  t.match(await change(restored, 'advertiser'), { role: 'advertiser' })
  t.match(await restored.ask('GET', '/me'), { id: user.id, session_id: user.sessionId })
  t.strictSame([...items], stored)
  const other = service.open(items)
  await other.restore()
  await t.rejects(change(other, 'user'), StepUpNeededError, 'a refresh does not inherit the proof')
  t.strictSame(await findProof(), proof)
})

eachDatabase(t, 'custom claims are felt without a logout, in UTF-8', async (t, database) => {
  await createUser(database, 'root@example.com', 'admin')
  const id = await createUser(database, 'ada@example.com')
  const service = await listen(t, database)
  const [root, ada] = [service.open(), service.open()]
  await root.login('root@example.com', PASSWORD)
  t.strictSame({ ...(await ada.login('ada@example.com', PASSWORD)).claims }, {})
  const changes: string[] = []
  ada.onChange((_user, change) => changes.push(change))
  const claims = { org_id: 'Café Müller 🥐', seats: 12, trial: false }
  await root.ask('PATCH', '/admin/users/{id}', { path: { id }, body: { claims } })
  await until(async () => (await ada.ask('GET', '/me')).claims.org_id === claims.org_id)
  t.strictSame({ ...ada.currentUser()?.claims }, claims)
  await root.ask('PATCH', '/admin/users/{id}', { path: { id }, body: { claims } })
  await ada.ask('GET', '/me')
  t.strictSame(changes, ['claims'])
})

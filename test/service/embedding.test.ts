// A team embeds the service: its own roles and modules, one of them with a table, behind a prefix.
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import { Type } from 'typebox'
import { buildApp, defineError, toErrorResponses, type AppOptions, type ModuleOptions } from '../../src/index.ts'
import { loadConfig } from '../../src/config/config.ts'
import { migrateDown, migrateUp, pendingMigrations, type Database } from '../../src/database/index.ts'
import { openWithDatabase, closeExceptDatabase, openDatabase } from '../../src/dependencies.ts'
import { defineRoles, edge } from '../../src/edge/index.ts'
import { createLog } from '../../src/http/index.ts'
import { findModuleMigrations } from '../../src/team-modules.ts'
import { eachDatabase } from '../support/database.ts'
import { logIn } from '../support/inject.ts'
import { SECRET_KEYS } from '../support/service.ts'
import { until } from '../support/until.ts'
import { createUser } from '../support/users.ts'

const roles = defineRoles({
  admin: ['articles:write'],
  editor: ['account:read', 'account:write', 'articles:read', 'articles:write'],
  reader: ['account:read', 'articles:read']
})

const NEW_ARTICLE = Type.Object({ title: Type.String({ minLength: 1, maxLength: 80 }) }, { additionalProperties: false })
const ArticleTakenError = defineError('article_taken', 409, 'There is an article with this title.')

type ArticlesTables = {
  articles: { id: number, title: string, author: string }
}

/** As a team writes it: no type of the service's own tables. */
async function articles (app: FastifyInstance, { verifier, database }: ModuleOptions): Promise<void> {
  const db = database.withTables<ArticlesTables>()
  await app.register(edge, { verifier, allow: 'articles:read' })
  app.get('/articles', () => db.selectFrom('articles').select(['title', 'author']).orderBy('id').execute())
  app.post<{ Body: { title: string } }>('/articles', {
    schema: { body: NEW_ARTICLE, response: toErrorResponses(ArticleTakenError) },
    config: { allow: 'articles:write', freshness: 'central' }
  }, async ({ body: { title }, currentUser }, reply) => {
    const found = await db.selectFrom('articles').select('id').where('title', '=', title).executeTakeFirst()
    if (found !== undefined) throw new ArticleTakenError()
    await db.insertInto('articles').values({ id: Date.now(), title, author: currentUser.id }).execute()
    return reply.code(201).send({ title })
  })
}

const MIGRATIONS = {
  '0001_articles.up.sql': 'create table articles (id bigint primary key, title text not null unique, author uuid not null);',
  '0001_articles.down.sql': 'drop table articles;',
  '0002_words.up.sql': 'alter table articles add column words integer not null default 0;',
  '0002_words.down.sql': 'alter table articles drop column words;'
}

/** The service as the team starts it. */
async function start (t: Test, database: Database, options: AppOptions, settings: Record<string, string> = {}) {
  const config = loadConfig({
    SECRET_KEYS, ARGON2_MEMORY: '1024', ARGON2_TIME: '1', ISSUER: 'https://auth.example.com', DEFAULT_ROLE: 'reader', ...settings
  })
  const lines: string[] = []
  const log = createLog({ level: 'warn', stream: { write (line: string) { lines.push(line) } } })
  const dependencies = await openWithDatabase(config, database, log)
  const app = await buildApp(config, dependencies, options)
  t.teardown(async () => {
    await app.close()
    await closeExceptDatabase(dependencies)
  })
  return { app, events: () => lines.map((line): { event?: string, roles?: string[], warning?: string } => JSON.parse(line)) }
}

eachDatabase(t, 'a team has its own roles, and a module with a table and a POST', async (t, database) => {
  const articlesModule = { plugin: articles, migrations: t.testdir(MIGRATIONS) }
  const modules = [articlesModule, async (app: FastifyInstance) => { app.get('/version', () => ({ version: 7 })) }]
  await migrateUp(database, findModuleMigrations(modules))
  t.teardown(() => dropArticles(database))
  const { app } = await start(t, database, { roles, modules, prefix: '/api' })
  // It is not ready yet.
  app.get('/later', () => 'added later')

  await createUser(database, 'ed@example.com', 'editor')
  await createUser(database, 'rea@example.com', 'reader')
  const [ed, rea] = [await logIn(app, 'ed@example.com'), await logIn(app, 'rea@example.com')]
  const ask = async (method: 'GET' | 'POST', url: string, { accessToken }: { accessToken: string }, payload?: object) => {
    const response = await app.inject({
      method, url, headers: { authorization: `Bearer ${accessToken}` }, ...payload !== undefined && { payload }
    })
    const { 'content-type': type, 'cache-control': caching } = response.headers
    return { status: response.statusCode, caching, body: String(type).includes('json') ? response.json() : response.body }
  }

  t.match(await ask('POST', '/api/articles', ed, { title: 'First' }), { status: 201, body: { title: 'First' } })
  t.match(await ask('POST', '/api/articles', ed, { title: 'First' }), { status: 409, body: { code: 'article_taken', status: 409 } })
  t.match(await ask('POST', '/api/articles', ed, { title: '', more: 1 }), { status: 400, body: { code: 'invalid_request' } })
  t.match(await ask('POST', '/api/articles', rea, { title: 'Second' }), { status: 403 })
  t.match(await ask('GET', '/api/articles', rea), { status: 200, caching: 'no-store', body: [{ title: 'First' }] })
  t.match(await ask('GET', '/articles', rea), { status: 404 }, 'the prefix is needed')
  t.match(await ask('GET', '/api/me', rea), { status: 404 }, 'and is only for the modules of the team')
  t.match(await ask('GET', '/me', rea), { status: 200, body: { role: 'reader', capabilities: ['account:read', 'articles:read'] } })
  t.match(await ask('GET', '/api/version', rea), { body: { version: 7 } }, 'a module without a guard is public')
  t.match(await ask('GET', '/later', rea), { body: 'added later' })

  await ask('POST', '/auth/logout', ed, { refresh_token: ed.refreshToken })
  t.match(await ask('POST', '/api/articles', ed, { title: 'Third' }), { status: 401 })

  const { body: document } = await ask('GET', '/openapi.json', rea)
  t.strictSame(document.components.schemas.Role.enum, ['admin', 'editor', 'reader'])
  const { requestBody, responses } = document.paths['/api/articles'].post
  t.notHas(requestBody.content['application/json'], { example: {} }, 'no example rather than half of one')
  t.match(responses['409'], { description: '`article_taken`: There is an article with this title.' })
  t.match(document.components.examples.article_taken, { value: { code: 'article_taken', status: 409 } })
})

eachDatabase(t, 'the admin API knows the roles of the team, and no others', async (t, database) => {
  const { app } = await start(t, database, { roles })
  await createUser(database, 'root@example.com', 'admin')
  const { accessToken } = await logIn(app, 'root@example.com')
  const create = async (role: string) => app.inject({
    method: 'POST',
    url: '/admin/users',
    headers: { authorization: `Bearer ${accessToken}` },
    payload: { email: `${role}@example.com`, password: 'a long sentence of my own', role }
  })
  t.match((await create('editor')).json(), { role: 'editor' })
  const refused = await create('advertiser')
  t.equal(refused.statusCode, 400)
  t.match(refused.json(), { errors: [{ path: '/role', message: 'must be one of: admin, editor, reader' }] })
})

eachDatabase(t, 'who registers gets DEFAULT_ROLE', async (t, database) => {
  const { app } = await start(t, database, { roles }, { REGISTRATION: 'open' })
  const payload = { email: 'new@example.com', password: 'a long sentence of my own' }
  t.match((await app.inject({ method: 'POST', url: '/auth/register', payload })).json(), { role: 'reader' })
})

eachDatabase(t, 'users with a role that is not defined can do nothing, and the start says so', async (t, database) => {
  for (const [email, role] of [['a@example.com', 'advertiser'], ['b@example.com', 'user'], ['c@example.com', 'reader']]) {
    await createUser(database, email, role)
  }
  const { app, events } = await start(t, database, { roles: defineRoles({ admin: [], reader: ['articles:read'] }) })
  await app.listen({ port: 0, host: '127.0.0.1' })
  await until(() => events().some(({ event }) => event === 'undefined_roles'))
  t.match(events().find(({ event }) => event === 'undefined_roles'), { roles: ['advertiser', 'user'] })
  t.match(events().find(({ event }) => event === 'setting_warning'), { warning: /^The role "reader" lacks "account:read"/ })
  const { accessToken } = await logIn(app, 'a@example.com')
  t.equal((await app.inject({ url: '/me', headers: { authorization: `Bearer ${accessToken}` } })).statusCode, 403)
})

t.test('roles and a prefix that cannot be used stop the start', async (t) => {
  const config = loadConfig({ SECRET_KEYS })
  const log = createLog({ level: 'silent', stream: { write () {} } })
  const database = await openDatabase({ ...config, database: { ...config.database, dataDir: t.testdir() } }, log)
  const dependencies = await openWithDatabase(config, database, log)
  t.teardown(async () => {
    await closeExceptDatabase(dependencies)
    await database.close()
  })
  await t.rejects(buildApp(config, dependencies, { roles }), { message: /^DEFAULT_ROLE is "user", which is not defined: / })
  for (const prefix of ['api', '/api/', '/', '/a b', '/:id']) {
    await t.rejects(buildApp(config, dependencies, { prefix }), { message: `The prefix "${prefix}" must be a path such as /api.` })
  }
  const doubled = async (app: FastifyInstance) => { app.get('/me', () => 'mine') }
  await t.rejects(buildApp(config, dependencies, { modules: [doubled] }), { message: /Method 'GET' already declared for route '\/me'/ })
  const shared = fp(async (app: FastifyInstance) => { app.get('/shared', () => 'in') })
  const app = await buildApp(config, dependencies, { modules: [shared], prefix: '/api' })
  t.equal((await app.inject('/api/shared')).body, 'in', 'also a plugin that shares the scope of its parent')
  await app.close()
})

eachDatabase(t, 'the migrations of modules are recorded apart, are pending until they are applied, and go back', async (t, database) => {
  const modules = findModuleMigrations([{ plugin: articles, migrations: t.testdir(MIGRATIONS) }])
  t.teardown(() => dropArticles(database))
  t.strictSame(await pendingMigrations(database, modules), ['articles/0001_articles', 'articles/0002_words'])
  await Promise.all([migrateUp(database, modules), migrateUp(database, modules)])
  t.strictSame(await pendingMigrations(database, modules), [])
  t.strictSame(await listApplied(database), ['0001_articles', '0002_words'])
  t.strictSame(await pendingMigrations(database), [], 'those of the service are others')
  await migrateDown(database, modules[0])
  t.strictSame(await pendingMigrations(database, modules), ['articles/0002_words'])
  await migrateUp(database, modules)
  t.strictSame(await listApplied(database), ['0001_articles', '0002_words'])
})

t.test('a module with migrations has a name of its own', async (t) => {
  const adReports = async (): Promise<void> => {}
  t.match(findModuleMigrations([{ plugin: adReports, migrations: new URL('file:///srv/migrations') }, articles]), [
    { name: 'ad_reports', directory: '/srv/migrations' }
  ])
  const need = (name: string) => ({
    message: `The module "${name}" has migrations, so it needs a name of lower-case letters, digits and underscores.`
  })
  t.throws(() => findModuleMigrations([{ plugin: async () => {}, migrations: '/srv' }]), need('plugin'))
  for (const name of ['gatepass', 'ad-reports', '1st', 'a'.repeat(41), 'x"; drop table users; --']) {
    t.throws(() => findModuleMigrations([{ plugin: articles, name, migrations: '/srv' }]), need(name))
  }
  t.throws(() => findModuleMigrations([{ plugin: articles, migrations: '/a' }, { plugin: articles, migrations: '/b' }]), {
    message: 'Two modules with migrations have the name "articles".'
  })
})

async function listApplied ({ kysely }: Database): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from articles_migrations order by name`.execute(kysely)
  return rows.map(({ name }) => name)
}

async function dropArticles ({ kysely }: Database): Promise<void> {
  await sql`drop table if exists articles, articles_migrations, articles_migrations_lock`.execute(kysely)
}

// Malformed input to every route: the response is always a problem with a 4xx status.
import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t from 'tap'
import { eachDatabase } from '../support/database.ts'
import { createService } from '../support/service.ts'
import { createUser } from '../support/users.ts'
import { logIn } from '../support/inject.ts'
import { listen, send } from '../support/sockets.ts'

interface Operation {
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET'
  path: string
  members: string[]
}

const ID = '018f0000-0000-7000-8000-000000000000'
const FEED_TOKEN = randomBytes(32).toString('base64url')

interface Document {
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: { $ref: string } }> } }>>
  components: { schemas: Record<string, { properties?: object }> }
}

/** Every operation of the OpenAPI document. */
function operationsOf (app: FastifyInstance): Operation[] {
  const { paths, components } = JSON.parse(JSON.stringify(app.swagger())) as Document
  return Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { requestBody }]) => {
    const name = requestBody?.content['application/json']?.schema.$ref.split('/').at(-1) ?? ''
    return {
      method: method.toUpperCase() as Operation['method'],
      path: path.replace('{id}', ID),
      members: Object.keys(components.schemas[name]?.properties ?? {})
    }
  }))
}

eachDatabase(t, 'AB18, ER6, HC20: every route responds to a malformed body with a problem, and never with a 5xx', async (t, database) => {
  const { app } = await createService(t, database, { settings: { REGISTRATION: 'open', FEED_TOKEN } })
  await createUser(database, 'root@example.com', 'admin')
  const { accessToken } = await logIn(app, 'root@example.com')
  const operations = operationsOf(app).filter(({ members }) => members.length > 0)
  t.ok(operations.length >= 7, `${operations.length} routes take a body`)
  const failures: object[] = []
  for (const { method, path, members } of operations) {
    const whole = (value: unknown) => JSON.stringify(Object.fromEntries(members.map((name) => [name, value])))
    const bodies: Array<[name: string, body: string | Buffer, type?: string, status?: number]> = [
      ['no JSON', '{'],
      ['a list', '[]'],
      ['a string', '"x"'],
      ['null', 'null'],
      ['numbers', whole(5)],
      ['objects', whole({ $ne: 1 })],
      ['lists', whole(['a', 'b'])],
      ['a further member', `{"unknown":1,${whole('x').slice(1)}`],
      ['a member twice', `{${members.map((name) => `"${name}":"a","${name}":"b"`).join(',')}}`],
      ['NUL', whole('a\u0000b')],
      ['half a character', whole('a\ud800').replace('\\ud800', '\\ud800')],
      ['__proto__', `{"__proto__":{"admin":true},${whole('x').slice(1)}`],
      ['no UTF-8', Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])],
      ['two megabytes', JSON.stringify({ [members[0] ?? '']: 'x'.repeat(2_000_000) }), 'application/json', 413],
      ['plain text', 'x', 'text/plain', 415],
      ['a form', 'a=b', 'application/x-www-form-urlencoded', 415],
      ['XML', '<a/>', 'application/xml', 415],
      ['nonsense for a type', '{}', 'nonsense', 415]
    ]
    for (const [name, payload, type = 'application/json', status = 400] of bodies) {
      const reply = await app.inject({
        method, url: path, payload, headers: { 'content-type': type, authorization: `Bearer ${accessToken}` }
      })
      const problem = reply.json()
      const isRefused = reply.statusCode === status && reply.headers['content-type'] === 'application/problem+json; charset=utf-8' &&
        problem.status === status && /^\/problems\//.test(problem.type) && /^[a-z_]+$/.test(problem.code)
      if (!isRefused) failures.push({ name: `${method} ${path}: ${name}`, problem })
    }
  }
  t.strictSame(failures, [])
})

eachDatabase(t, 'AB20: every path and query parameter is validated', async (t, database) => {
  const { app } = await createService(t, database, { settings: { FEED_TOKEN } })
  await createUser(database, 'root@example.com', 'admin')
  const { accessToken } = await logIn(app, 'root@example.com')
  const paths = operationsOf(app).filter(({ path }) => path.includes(ID))
  t.ok(paths.length >= 7)
  const failures: string[] = []
  for (const { method, path } of paths) {
    for (const id of ['1', '%00', 'null', '018f0000-0000-7000-8000-00000000000g', `${ID}%20`, '%27%20or%201=1', 'x'.repeat(300), '%ff']) {
      const reply = await app.inject({
        method,
        url: path.replace(ID, id),
        headers: { authorization: `Bearer ${accessToken}`, ...(method === 'PATCH' && { 'content-type': 'application/json' }) },
        ...(method === 'PATCH' && { payload: '{"disabled":true}' })
      })
      const isProblem = String(reply.headers['content-type']).startsWith('application/problem+json')
      if (![400, 404, 405, 414].includes(reply.statusCode) || !isProblem) failures.push(`${method} ${path} with ${id}: ${reply.statusCode}`)
    }
  }
  t.strictSame(failures, [])
  for (const query of [
    'limit=0', 'limit=1e9', 'limit=x', 'after=1', 'role=Admin', 'email=', 'email=a%00b', 'unknown=1', 'limit=1&limit=2', 'after[]=x',
    '__proto__=x'
  ]) {
    const reply = await app.inject({ url: `/admin/users?${query}`, headers: { authorization: `Bearer ${accessToken}` } })
    t.equal(reply.statusCode, 400, query)
  }
  for (const query of ['type=nonsense', 'user_id=1', 'limit=-1', 'after=x']) {
    t.equal(
      (await app.inject({ url: `/admin/audit?${query}`, headers: { authorization: `Bearer ${accessToken}` } })).statusCode, 400, query
    )
  }
})

eachDatabase(t, 'VF21: two Authorization headers are refused on every guarded route, with a WWW-Authenticate challenge', async (
  t, database
) => {
  const { app } = await createService(t, database)
  await createUser(database, 'root@example.com', 'admin')
  const { accessToken } = await logIn(app, 'root@example.com')
  const port = await listen(app)
  for (const path of ['/me', '/account', '/admin/users']) {
    const authorization = `authorization: Bearer ${accessToken}\r\n`
    const response = await send(
      port, `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${authorization}${authorization}connection: close\r\n\r\n`
    )
    t.match(
      response, { status: 400, headers: { 'www-authenticate': /^Bearer error="invalid_request"/ }, body: /"code":"invalid_request"/ }, path
    )
  }
})

// The document and the service that serves it: requests as the document shows them, and responses as it describes them.
import { randomBytes } from 'node:crypto'
import AjvCompiler from '@fastify/ajv-compiler'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { eachDatabase } from '../support/database.ts'
import { PASSWORD } from '../support/password.ts'
import { createService } from '../support/service.ts'
import { createUser } from '../support/users.ts'

type Json = any

const FEED_TOKEN = randomBytes(32).toString('base64')
const SETTINGS = { FEED_TOKEN, AUDIENCES: 'ads,api', PASSWORD_MIN_LENGTH: '12', REGISTRATION: 'open', COOKIE_DOMAIN: 'example.com' }

interface Call {
  /** Over those of the examples. */
  body?: object
  path?: Record<string, string>
  query?: Record<string, string>
  headers?: Record<string, string>
}

/** Calls operations by their names, with the examples of the document, and compares the responses with the document. */
function createCaller (t: Test, app: FastifyInstance, document: Json) {
  const compile = AjvCompiler()({}, { customOptions: { strict: false, coerceTypes: false, removeAdditional: false } })
  const operations = new Map(Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => [operation.operationId, { path, method, operation }])))

  return async function call (name: string, { body, path = {}, query = {}, headers = {} }: Call = {}) {
    const { path: pattern, method, operation } = operations.get(name) ?? { path: '', method: '', operation: {} }
    const parameters: Json[] = operation.parameters ?? []
    const examples = parameters.filter(({ in: where, example }) => where === 'query' && example !== undefined)
    const reply = await app.inject({
      method: method.toUpperCase(),
      url: pattern.replace(/\{(\w+)\}/g, (_match: string, part: string) => path[part] ?? ''),
      query: { ...Object.fromEntries(examples.map(({ name, example }) => [name, String(example)])), ...query },
      headers,
      ...(operation.requestBody && { body: { ...operation.requestBody.content['application/json'].example, ...body } })
    })
    const described = operation.responses[reply.statusCode]
    t.ok(described, `${name} ${reply.statusCode} is in the document`)
    for (const [field, { required, schema }] of Object.entries<Json>(described.headers)) {
      const value = reply.headers[field.toLowerCase()]
      if (required === true) t.ok(value !== undefined, `${name} ${reply.statusCode} has ${field}`)
      if (schema.type === 'integer' && value !== undefined) t.ok(Number.isInteger(Number(value)), field)
    }
    const [type = ''] = String(reply.headers['content-type'] ?? '').split(';')
    t.equal(described.content === undefined, type === '', `${name} ${reply.statusCode} has a body, or none`)
    if (described.content !== undefined) {
      const schema = { ...described.content[type].schema, components: document.components }
      const validate = compile({ schema, method, url: pattern })
      t.ok(validate(reply.json()), `${name} ${reply.statusCode} ${JSON.stringify(validate.errors)} ${reply.body}`)
    }
    return { status: reply.statusCode, body: reply.body === '' ? undefined : reply.json() }
  }
}

eachDatabase(t, 'the requests of the document are served, and the responses are as the document describes them', async (t, database) => {
  const { app } = await createService(t, database, { settings: SETTINGS })
  const document = (await app.inject('/openapi.json')).json()
  const call = createCaller(t, app, document)
  await createUser(database, 'admin@example.com', 'admin')
  const statuses: Record<string, number> = {}
  const note = async (name: string, request: Call = {}) => {
    const { status, body } = await call(name, request)
    statuses[name] = status
    return body
  }

  // This service sends no mail, and the example is of one that does.
  await note('register', { body: { password: 'a long sentence of your own' } })
  const tokens = await note('login', { body: { password: PASSWORD } })
  const headers = { authorization: `Bearer ${tokens.access_token}` }
  for (const name of ['isLive', 'isReady', 'listPublicKeys', 'readMetadata', 'readOpenidConfiguration']) await note(name)
  await note('readRevocations', { headers: { authorization: `Bearer ${FEED_TOKEN}` } })
  const refreshed = await note('refresh', { body: { refresh_token: tokens.refresh_token, audience: 'ads' } })
  for (const name of ['whoAmI', 'findMyAccount', 'listMySessions', 'listUsers', 'listSigningKeys', 'listAuditEvents', 'checkToken']) {
    await note(name, { headers })
  }
  await note('stepUp', { headers, body: { password: PASSWORD } })
  const user = await note('createUser', { headers, body: { email: 'ü@example.com' } })
  const path = { id: user.id.toUpperCase() }
  for (const name of ['findUser', 'changeUser', 'listSessionsOfUser', 'endSessionsOfUser', 'deleteUser']) {
    await note(name, { headers, path })
  }
  await note('rotateSigningKeys', { headers })
  await note('logout', { body: { refresh_token: refreshed.refresh_token } })
  t.strictSame(Object.entries(statuses).filter(([, status]) => status >= 300), [])

  await call('endMySession', { headers, path: { id: user.id } })
  const other = await call('login', { body: { password: PASSWORD } })
  const ofOther = { authorization: `Bearer ${other.body.access_token}` }
  t.match(await call('findUser', { headers: ofOther, path }), { status: 404 })
  t.match(await call('findUser', { headers: ofOther, path: { id: 'x' } }), { status: 400 })
  t.match(await call('whoAmI'), { status: 401 })
  t.match(await call('login'), { status: 401 }, 'the password is described, not given away')
  t.match(await call('refresh', { body: { audience: 'nowhere' } }), { status: 400, body: { code: 'invalid_target' } })
  t.match(await call('changeUser', { headers: ofOther, path, body: { role: 'emperor' } }), { status: 400 })
  t.match(await call('listUsers', { headers: ofOther, query: { role: 'emperor' } }), { status: 400 }, 'not in the enumeration')
  t.match(await call('changeMyPassword', { headers: ofOther, body: { current_password: PASSWORD, new_password: 'x' } }), { status: 422 })
  t.match(await call('endAllMySessions', { headers: ofOther }), { status: 204 })
})

eachDatabase(t, 'the served document has the settings that are in force', async (t, database) => {
  const { app } = await createService(t, database, { settings: SETTINGS })
  const { servers, info, components } = (await app.inject('/openapi.json')).json()
  t.equal(servers[0].url, 'https://auth.example.com')
  t.equal(info.contact.url, 'https://auth.example.com')
  t.equal(components.securitySchemes.session.name, '__Secure-gatepass')
  const { LoginRequest, CreateUserRequest, ChangeUserRequest, RegisterRequest, ChangePasswordRequest, Role } = components.schemas
  t.strictSame(LoginRequest.properties.audience.examples, ['ads'])
  t.equal(LoginRequest.properties.password.minLength, 1, 'an old password may be shorter')
  for (const schema of [CreateUserRequest, ChangeUserRequest, RegisterRequest]) t.equal(schema.properties.password.minLength, 12)
  t.equal(ChangePasswordRequest.properties.new_password.minLength, 12)
  t.strictSame(Role.enum, ['admin', 'advertiser', 'user'])
})

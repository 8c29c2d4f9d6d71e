import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { parse } from 'yaml'
import * as errors from '../../src/errors.ts'
import { runCommand } from '../support/process.ts'

// Of any shape: it is what the tests below are about.

type Json = any

const document: Json = parse(readFileSync('openapi.yaml', 'utf8'))
const { schemas } = document.components

interface Operation {
  name: string
  operation: Json
}

const operations: Operation[] = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
  Object.entries<Json>(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })))

/** Each schema of the document with its place: components, and what stands in operations. */
const all: Array<[place: string, schema: Json]> = [
  ...Object.entries<Json>(schemas).flatMap(([name, schema]) => walk(`schemas.${name}`, schema)),
  ...operations.flatMap(({ name, operation }) => listOwnSchemas(operation).flatMap(([place, schema]) => walk(`${name} ${place}`, schema)))
]

function listOwnSchemas ({ parameters = [], requestBody, responses }: Json): Array<[string, Json]> {
  const ofContent = (place: string, content: Json = {}): Array<[string, Json]> =>
    Object.entries<Json>(content).map(([type, { schema }]) => [`${place} ${type}`, schema])
  return [
    ...parameters.map(({ name, schema }: Json) => [name, schema]),
    ...ofContent('body', requestBody?.content),
    ...Object.entries<Json>(responses).flatMap(([status, { content, headers = {} }]) => [
      ...ofContent(status, content),
      ...Object.entries<Json>(headers).map(([name, { schema }]): [string, Json] => [`${status} ${name}`, schema])
    ])
  ]
}

function walk (place: string, schema: Json): Array<[string, Json]> {
  const { properties = {}, items, additionalProperties } = schema
  const nested = [
    ...Object.entries<Json>(properties), ...items === undefined ? [] : [['items', items]],
    ...typeof additionalProperties === 'object' ? [['*', additionalProperties]] : []
  ] as Array<[string, Json]>
  return [[place, schema], ...nested.flatMap(([name, inner]) => walk(`${place}.${name}`, inner))]
}

const has = (type: string) => ({ type: own }: Json) => [own].flat().includes(type)
const follow = (schema: Json): Json => schema.$ref === undefined ? schema : schemas[schema.$ref.replace('#/components/schemas/', '')]

function placesWhere (condition: (schema: Json, place: string) => boolean): string[] {
  return all.filter(([place, schema]) => condition(schema, place)).map(([place]) => place)
}

t.test('the document that is committed is the one that the routes make', async (t) => {
  const { code, stdout } = await runCommand(t, ['openapi'], {}).ended
  t.equal(code, 0)
  t.equal(stdout, await readFile(new URL('../../openapi.yaml', import.meta.url), 'utf8'), 'run "npm run openapi" after a change of routes')
})

t.test('the linter of the document has nothing to say', async (t) => {
  const { stderr } = await promisify(execFile)('node_modules/.bin/redocly', ['lint', 'openapi.yaml'], {
    env: { ...process.env, REDOCLY_TELEMETRY: 'off' }
  })
  t.match(stderr, /Your API description is valid/)
  t.notMatch(stderr, /\d+ (warning|error)/)
})

t.test('every object has a name: it is a component, and all else refers to it', async (t) => {
  const isComponent = (place: string) => /^schemas\.\w+$/.test(place)
  const looksLikeObject = (schema: Json) => has('object')(schema) || 'properties' in schema || 'additionalProperties' in schema
  t.strictSame(placesWhere((schema, place) => looksLikeObject(schema) && !isComponent(place)), [])
  t.ok(all.length > 300, `${all.length} schemas were found`)
  for (const name of [
    'Account', 'AuditEvent', 'AuditPage', 'InvalidMember', 'Keyring', 'LoginRequest', 'LogoutRequest', 'Me', 'Metadata',
    'OpenidConfiguration', 'OwnSession', 'OwnSessionPage', 'Problem', 'PublicKey', 'PublicKeys', 'RefreshRequest', 'Revocations',
    'Session', 'SessionPage', 'SigningKey', 'Tokens', 'User', 'UserPage'
  ]) t.ok(schemas[name], name)
  const used = new Set(all.map(([, { $ref }]) => $ref))
  t.strictSame(Object.keys(schemas).filter((name) => !used.has(`#/components/schemas/${name}`)), [], 'none is left over')
})

t.test('there are no unions, no constants, and null is one of two types', async (t) => {
  const composed = placesWhere((schema) => ['anyOf', 'oneOf', 'allOf', 'not', 'const', 'nullable'].some((keyword) => keyword in schema))
  t.strictSame(composed.filter((place) => !place.startsWith('schemas.Claims')), [])
  t.match(schemas.Claims.additionalProperties, { type: undefined, not: {} }, 'claims say which types they have not, which is no union')
  t.strictSame(placesWhere((schema) => has('null')(schema) && schema.type.length !== 2), [])
  t.strictSame(placesWhere((schema) => '$ref' in schema && Object.keys(schema).length > 1), [], 'nothing stands beside a reference')
})

t.test('what clients send is closed; what only the service sends may get members in a later version', async (t) => {
  const requested = new Set(operations.flatMap(({ operation }) => listReferences(operation.requestBody ?? {})))
  t.ok(requested.has('LoginRequest') && requested.has('Claims') && !requested.has('Tokens'))
  for (const [name, { type, additionalProperties }] of Object.entries<Json>(schemas)) {
    if (type !== 'object') continue
    if (requested.has(name)) t.not(additionalProperties, undefined, name)
    else t.not(additionalProperties, false, name)
  }
})

function listReferences (value: Json): string[] {
  if (typeof value !== 'object' || value === null) return []
  if (value.$ref === undefined) return Object.values<Json>(value).flatMap(listReferences)
  const name = value.$ref.replace('#/components/schemas/', '')
  return [name, ...listReferences(schemas[name])]
}

t.test('every integer has limits and a format, and every enumeration is text', async (t) => {
  const integers = all.filter(([, schema]) => has('integer')(schema))
  t.ok(integers.length > 8)
  for (const [place, { minimum, maximum, format }] of integers) {
    t.ok(Number.isSafeInteger(minimum) && Number.isSafeInteger(maximum) && minimum < maximum, place)
    t.ok(['int32', 'int64'].includes(format), place)
  }
  t.strictSame(placesWhere((schema) => 'enum' in schema && schema.type !== 'string'), [])
})

t.test('a public key is one shape for all algorithms', async (t) => {
  const { required, properties } = schemas.PublicKey
  t.strictSame(required, ['kid', 'alg', 'use', 'kty'])
  t.strictSame(Object.keys(properties), ['kid', 'alg', 'use', 'kty', 'crv', 'x', 'y', 'n', 'e'])
  t.match(properties, { alg: { enum: ['ES256', 'EdDSA', 'RS256'] }, use: { enum: ['sig'] }, kty: { enum: ['EC', 'OKP', 'RSA'] } })
})

t.test('every operation has a name of its own, a sentence and a description', async (t) => {
  t.strictSame(operations.map(({ operation }) => operation.operationId).sort(), [
    'addPasskey', 'beginPasskey', 'beginPasskeyLogin', 'beginPasskeyStepUp', 'changeMyPassword', 'changeUser', 'checkToken',
    'completePasswordReset', 'completeRegistration', 'confirmEmailChange', 'confirmEmailVerification', 'confirmTotp', 'createUser',
    'deleteMyAccount', 'deleteUser', 'endAllMySessions', 'endMySession', 'endSessionOfAnyone', 'endSessionsOfEverybody',
    'endSessionsOfUser', 'findMyAccount', 'findMySecurity', 'findUser', 'giveSecondFactor', 'isLive', 'isReady', 'listAuditEvents',
    'listMails', 'listMySessions', 'listPasskeyOrigins', 'listPublicKeys', 'listSessionsOfUser', 'listSigningKeys', 'listUsers', 'login',
    'loginWithPasskey', 'logout', 'readMetadata', 'readOpenidConfiguration', 'readRevocations', 'refresh', 'register', 'removePasskey',
    'removeSecondFactorsOfUser', 'removeTotp', 'renamePasskey', 'renewRecoveryCodes', 'requestEmailChange', 'requestEmailVerification',
    'requestPasswordReset', 'requireSecondFactor', 'retryMail', 'rotateSigningKeys', 'sendPasswordMail', 'startTotp', 'stepUp', 'whoAmI'
  ])
  for (const { name, operation: { summary, description } } of operations) {
    t.ok(summary.length > 5 && description.length > 20 && summary !== description, name)
  }
})

t.test('every response is described: no default, 413 and 415 wherever there is a body', async (t) => {
  for (const { name, operation: { responses, requestBody } } of operations) {
    const statuses = Object.keys(responses)
    t.notOk(statuses.includes('default'), name)
    t.ok(statuses.includes('400') && statuses.includes('500'), name)
    if (requestBody !== undefined) t.ok(statuses.includes('413') && statuses.includes('415'), name)
    for (const status of ['405', '408', '414', '431', '501']) t.notOk(statuses.includes(status), `${name}: ${status}, which is named once`)
    for (const [status, { headers }] of Object.entries<Json>(responses)) {
      t.equal(headers['cache-control'].required, true, `${name} ${status}`)
      if (status === '401') t.equal(headers['www-authenticate'].required, true, name)
      if (status === '429' || status === '503') t.equal(headers['retry-after'].required, true, `${name} ${status}`)
      if (status === '304') t.equal(headers.etag.required, true, name)
    }
  }
  const named = [...document.info.description.matchAll(/^- (\d+) `\w+`: /gm)].map(([, status]) => status)
  t.strictSame(named, ['405', '408', '414', '431', '501', '503'])
  t.match(document.info.description, /half a surrogate pair/)
})

t.test('the example of each problem is the body that the catalogue makes', async (t) => {
  const bodies = Object.values<Json>(errors).filter((value) => typeof value === 'function' && 'code' in value)
    .map((PublicError) => JSON.stringify(errors.toProblem(new PublicError())))
  t.ok(bodies.length > 25)
  for (const { name, operation } of operations) {
    for (const [status, { content = {}, description }] of Object.entries<Json>(operation.responses)) {
      if (Number(status) < 400) continue
      const examples = Object.values<Json>(content['application/problem+json'].examples)
        .map(({ $ref }) => document.components.examples[$ref.replace('#/components/examples/', '')].value)
      t.equal(examples.length, description.split('\n').length, `${name} ${status}`)
      t.ok(examples.every((example) => example.status === Number(status) && bodies.includes(JSON.stringify(example))), `${name} ${status}`)
    }
  }
})

t.test('every member of a request has an example, a cursor aside, and so has every id', async (t) => {
  for (const { name, operation: { parameters = [], requestBody } } of operations) {
    for (const { name: parameter, in: where, example } of parameters) {
      if (where !== 'header' && parameter !== 'after') t.not(example, undefined, `${name} ${parameter}`)
    }
    if (requestBody === undefined) continue
    const { schema, example } = requestBody.content['application/json']
    t.type(example, 'object', name)
    for (const [member, own] of Object.entries<Json>(follow(schema).properties)) {
      const { examples, default: fallback } = follow(own)
      t.not(examples?.[0] ?? fallback, undefined, `${name} ${member}`)
    }
  }
  const inBody = (place: string) => place.startsWith('schemas.')
  t.strictSame(placesWhere((schema, place) => schema.format === 'uuid' && schema.examples === undefined && inBody(place)), [])
  const login = document.paths['/auth/login'].post.requestBody.content['application/json'].example
  t.match(login, { email: 'admin@example.com', password: /^the password that the first start /, delivery: 'body' })
  t.equal(login.audience, 'api', 'never one that would be refused')
})

t.test('the committed document is for the reader\'s own machine', async (t) => {
  t.strictSame(document.servers.map(({ url }: Json) => url), ['http://localhost:3000'])
  t.match(document.info.contact, { name: String, url: 'http://localhost:3000' })
  t.match(document.components.securitySchemes.session, { type: 'apiKey', in: 'cookie', name: '__Host-gatepass' })
  const optional = operations.filter(({ operation }) => operation.requestBody?.required === false)
  t.strictSame(optional.map(({ operation: { operationId, security } }) => ({ operationId, security })), [
    { operationId: 'refresh', security: [{ session: [] }, {}] },
    { operationId: 'logout', security: [{ session: [] }, {}] },
    { operationId: 'beginPasskeyLogin', security: [] },
    { operationId: 'beginPasskeyStepUp', security: [{ bearer: [] }] },
    { operationId: 'startTotp', security: [{ bearer: [] }] },
    { operationId: 'beginPasskey', security: [{ bearer: [] }] }
  ])
})

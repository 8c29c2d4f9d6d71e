// What a 400 says of a request: row ER14 of docs/requirements.md.
import t, { type Test } from 'tap'
import { Type, type TSchema } from 'typebox'
import { createHttpApp } from './http-app.ts'

/** Sends bodies to a route, and returns what is said of each. */
async function createCheck (t: Test, body: TSchema) {
  const service = await createHttpApp(t)
  service.post('/things', { schema: { body } }, () => ({}))
  return async (body: object) => {
    const reply = await service.inject({ method: 'POST', url: '/things', body })
    return reply.statusCode === 200 ? [] : reply.json().errors as Array<{ path: string, message: string }>
  }
}

t.test('ER14: a message says in plain words what a member must be', async (t) => {
  const table: Array<[TSchema, value: unknown, message: string]> = [
    [Type.String({ format: 'uuid' }), 'a', 'must be a UUID'],
    [Type.String({ format: 'email' }), ' ', 'must be an e-mail address'],
    [Type.String({ format: 'date-time' }), 'a', 'must be a time (RFC 3339)'],
    [Type.String({ format: 'hostname' }), '_', 'must be of the format hostname'],
    [Type.String({ enum: ['body', 'cookie'] }), 'both', 'must be one of: body, cookie'],
    [Type.String({ enum: ['body', 'cookie'] }), 5, 'must be one of: body, cookie'],
    [Type.Union([Type.Literal('body'), Type.Literal('cookie')]), 'both', 'must be one of: body, cookie'],
    [Type.Union([Type.Literal('body'), Type.Literal('cookie')]), 5, 'must be one of: body, cookie'],
    [Type.Literal('sig'), 'enc', 'must be sig'],
    [Type.Union([Type.String(), Type.Null()]), 5, 'must be text or null'],
    [Type.Union([Type.String({ format: 'uuid' }), Type.Null()]), 'a', 'must be a UUID'],
    [Type.Unsafe({ type: ['string', 'integer', 'boolean'] }), [], 'must be text or a whole number or true or false'],
    [Type.Array(Type.String()), 'a', 'must be a list'],
    [Type.Object({}), 'a', 'must be an object'],
    [Type.Number(), 'a', 'must be a number'],
    [Type.String({ minLength: 1 }), '', 'must not be empty'],
    [Type.String({ minLength: 12 }), 'a', 'must have at least 12 characters'],
    [Type.String({ maxLength: 1 }), 'ab', 'must have at most 1 character'],
    [Type.String({ minLength: 3, pattern: '^[a-z]+$' }), '', 'must have at least 3 characters'],
    [Type.String({ pattern: '^[a-z]+$' }), 'A', 'must match ^[a-z]+$'],
    [Type.Integer({ minimum: 1 }), 0, 'must be at least 1'],
    [Type.Integer({ maximum: 200 }), 201, 'must be at most 200'],
    [Type.Array(Type.Any(), { minItems: 1 }), [], 'must have at least 1 item'],
    [Type.Array(Type.Any(), { maxItems: 2 }), [1, 2, 3], 'must have at most 2 items'],
    [Type.Array(Type.Any(), { uniqueItems: true }), [1, 1], 'must have each item once'],
    [Type.Object({}, { minProperties: 1 }), {}, 'must have at least 1 member'],
    [Type.Object({}, { maxProperties: 1 }), { a: 1, b: 2 }, 'must have at most 1 member'],
    [Type.Number({ multipleOf: 2 }), 3, 'must be multiple of 2']
  ]
  for (const [schema, value, message] of table) {
    const check = await createCheck(t, Type.Object({ member: schema }))
    t.strictSame(await check({ member: value }), [{ path: '/member', message }], JSON.stringify(schema))
  }
})

t.test('ER14: a member has one message, and a path of its own', async (t) => {
  const check = await createCheck(t, Type.Object({
    list: Type.Array(Type.Object({ id: Type.String({ format: 'uuid' }) }, { additionalProperties: false })),
    claims: Type.Unsafe({ type: 'object', propertyNames: { pattern: '^[a-z]+$' }, additionalProperties: { type: 'string' } }),
    password: Type.String({ minLength: 8, maxLength: 9, pattern: '^[a-z]+$', format: 'password' })
  }, { additionalProperties: false }))
  const whole = { list: [], claims: {}, password: 'aaaaaaaa' }
  t.strictSame(await check(whole), [])
  t.strictSame(await check({ ...whole, list: [{ id: 'x', 'a/b~c': 1 }, {}] }), [
    { path: '/list/0/a~1b~0c', message: 'is not known' },
    { path: '/list/0/id', message: 'must be a UUID' },
    { path: '/list/1/id', message: 'is required' }
  ])
  t.strictSame(await check({ ...whole, claims: { A: 'x', b: 5, 'c/d': 5 } }), [
    { path: '/claims/A', message: 'must have another name, which must match ^[a-z]+$' },
    { path: '/claims/c~1d', message: 'must have another name, which must match ^[a-z]+$' },
    { path: '/claims/b', message: 'must be text' }
  ])
  t.strictSame(await check({ ...whole, password: 'HUNTER2' }), [{ path: '/password', message: 'must have at least 8 characters' }])
  t.notMatch(await check({ ...whole, password: 'HUNTER22' }), [{ message: /hunter/i }])
})

t.test('ER14: what a client may have sent by the thousand stays short', async (t) => {
  const check = await createCheck(t, Type.Object({ name: Type.Optional(Type.String()) }, { additionalProperties: false }))
  const names = Array.from({ length: 1_500 }, (_, index) => `n${index}`)
  const errors = await check(Object.fromEntries(names.map((name) => [name, 1])))
  t.strictSame(errors, names.slice(0, 20).map((name) => ({ path: `/${name}`, message: 'is not known' })))
  for (const [name, shown] of [
    ['n'.repeat(64), 'n'.repeat(64)], ['n'.repeat(65), `${'n'.repeat(64)}…`], ['n'.repeat(10_000), `${'n'.repeat(64)}…`],
    ['😀'.repeat(64), '😀'.repeat(64)], ['😀'.repeat(65), `${'😀'.repeat(64)}…`], ['~'.repeat(65), `${'~0'.repeat(64)}…`],
    ['a\nb\u001b[31m\u202ec', 'a\ufffdb\ufffd[31m\ufffdc']
  ] as const) {
    t.strictSame(await check({ [name]: 1 }), [{ path: `/${shown}`, message: 'is not known' }], shown)
  }
})

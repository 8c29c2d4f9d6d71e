// Equal schemas are compiled once; what else a compiled function depends on keeps them apart.
import t from 'tap'
import { Type } from 'typebox'
import { CompiledSchemas } from '../../../src/http/compiled-schemas.ts'
import { buildSerializer } from '../../../src/http/serialization.ts'
import { createHttpApp } from './http-app.ts'

const route = { method: 'GET', url: '/', httpStatus: '200' }
const named = (type: 'string' | 'integer') => ({ Named: { $id: 'Named', type: 'object', properties: { value: { type } } } })
const createSchema = () => ({ type: 'object', properties: { named: { $ref: 'Named#' } } })

t.test('a schema is compiled once, however many routes and apps have it', async (t) => {
  const first = buildSerializer(named('string'), {})({ ...route, schema: createSchema() })
  t.equal(buildSerializer(named('string'), {})({ ...route, url: '/other', schema: createSchema() }), first)
  t.equal(first({ named: { value: 1 } }), '{"named":{"value":"1"}}')
})

t.test('where its references lead elsewhere, it is another schema', async (t) => {
  const [asText, asNumber] = (['string', 'integer'] as const).map((type) => {
    return buildSerializer(named(type), {})({ ...route, schema: createSchema() })
  })
  const document = { named: { value: 1 } }
  t.equal(asText?.(document), '{"named":{"value":"1"}}')
  t.equal(asNumber?.(document), '{"named":{"value":1}}')
})

t.test('one schema of a query and of a body: only the query is converted', async (t) => {
  const service = await createHttpApp(t)
  const schema = Type.Object({ count: Type.Integer() })
  service.post('/things', { schema: { querystring: schema, body: schema } }, ({ query, body }) => ({ query, body }))
  const send = (body: object) => service.inject({ method: 'POST', url: '/things?count=5', body })
  t.strictSame((await send({ count: 5 })).json(), { query: { count: 5 }, body: { count: 5 } })
  t.match((await send({ count: '5' })).json(), { errors: [{ path: '/count' }] })
})

t.test('a schema that cannot be compiled fails each app that has it', async (t) => {
  const compiled = new CompiledSchemas<() => void>()
  for (let app = 0; app < 2; app++) {
    t.throws(() => compiled.get({ type: 'nonsense' }, '', () => { throw new Error('no such type') }), { message: 'no such type' })
    const service = await createHttpApp(t)
    service.post('/things', { schema: { body: { type: 'nonsense' } } }, () => ({}))
    await t.rejects(async () => service.ready(), { code: 'FST_ERR_SCH_VALIDATION_BUILD' })
  }
})

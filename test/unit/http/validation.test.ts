import t from 'tap'
import { Type } from 'typebox'
import { createHttpApp } from './http-app.ts'

const ID = '018f0000-abcd-7000-8000-00000000000f'
const IdSchema = Type.String({ format: 'uuid' })

t.test('HC21: a UUID in any case reaches handlers in lower case, from a path, a query or a body', async (t) => {
  const service = await createHttpApp(t)
  service.addSchema({ $id: 'Named', ...Type.Object({ id: IdSchema }) })
  const schema = {
    params: Type.Object({ id: IdSchema }),
    querystring: Type.Object({ user_id: Type.Optional(IdSchema), name: Type.Optional(Type.String()) }),
    body: Type.Object({
      id: IdSchema,
      maybe: Type.Union([IdSchema, Type.Null()]),
      list: Type.Array(IdSchema),
      named: Type.Unsafe({ $ref: 'Named#' }),
      name: Type.String()
    })
  }
  service.post('/things/:id', { schema }, ({ params, query, body }) => ({ params, query, body }))
  const id = ID.toUpperCase()
  const reply = await service.inject({
    method: 'POST', url: `/things/${id}?user_id=${id}&name=${id}`, body: { id, maybe: id, list: [id, ID], named: { id }, name: id }
  })
  t.strictSame(reply.json(), {
    params: { id: ID }, query: { user_id: ID, name: id }, body: { id: ID, maybe: ID, list: [ID, ID], named: { id: ID }, name: id }
  })
})

t.test('HC21: other spellings of a UUID are refused', async (t) => {
  const service = await createHttpApp(t)
  service.post('/things', { schema: { body: Type.Object({ id: IdSchema }) } }, () => ({}))
  for (const id of [
    `urn:uuid:${ID}`, `URN:UUID:${ID}`, `{${ID}}`, ID.replaceAll('-', ''), `${ID} `, ` ${ID}`, `${ID}\n`, ID.slice(1), `${ID}0`, '',
    ID.replace('f0', 'g0'), ID.replace('0f', '0\u0131')
  ]) {
    const reply = await service.inject({ method: 'POST', url: '/things', body: { id } })
    t.strictSame(reply.json().errors, [{ path: '/id', message: 'must be a UUID' }], JSON.stringify(id))
  }
})

t.test('the schemas of routes are left as they are, so that the document does not show what validation adds', async (t) => {
  const service = await createHttpApp(t)
  const body = Type.Object({ id: IdSchema })
  service.post('/things', { schema: { body } }, () => ({}))
  await service.ready()
  t.strictSame(JSON.parse(JSON.stringify(body)), {
    type: 'object', required: ['id'], properties: { id: { type: 'string', format: 'uuid' } }
  })
})

import AjvCompiler from '@fastify/ajv-compiler'
import t from 'tap'
import { toPortableSchema } from '../../../src/http/openapi-portable.ts'

const CLAIM = { type: ['string', 'integer', 'boolean'], pattern: '^[a-z]*$', maxLength: 5, maximum: 9, description: 'A value.' }
const VALUES = ['', 'abc', 'ABC', 'abcdef', 0, 9, 10, 1.5, true, false, null, {}, [], ['a']]

t.test('a union of types is said without one, and allows the same values', async (t) => {
  const others = [['string', 'number'], ['string', 'boolean'], ['integer', 'null', 'array']].map((type) => ({ ...CLAIM, type }))
  for (const schema of [CLAIM, ...others]) {
    const portable = toPortableSchema(schema)
    t.equal(portable.type, undefined)
    t.equal(portable.pattern, undefined)
    t.strictSame(VALUES.filter(compile(portable)), VALUES.filter(compile(schema)), JSON.stringify(schema))
  }
  t.match(toPortableSchema(CLAIM), { description: 'A value.', maxLength: 5, maximum: 9 })
})

t.test('one type, or one or null, stays', async (t) => {
  const text = { type: 'string', pattern: '^a$' }
  for (const schema of [text, { ...text, type: ['string', 'null'] }, { properties: { type: text } }]) {
    t.strictSame(toPortableSchema(schema), schema)
  }
})

t.test('an enum has no pattern beside it', async (t) => {
  t.strictSame(toPortableSchema({ type: 'string', pattern: '^a', enum: ['a', 'ab'] }), { type: 'string', enum: ['a', 'ab'] })
})

t.test('an object of any members says nothing of its properties, and a closed one that it has none', async (t) => {
  const open = { type: 'object', properties: {}, additionalProperties: true }
  t.strictSame(toPortableSchema(open), { type: 'object', additionalProperties: true })
  const closed = { ...open, additionalProperties: false }
  t.strictSame(toPortableSchema(closed), closed)
})

function compile (schema: object): (value: unknown) => boolean {
  const compiler = AjvCompiler()({}, { customOptions: { coerceTypes: false, strict: false } })
  const validate = compiler({ schema, method: 'POST', url: '/', httpPart: 'body' })
  return (value) => validate(value) === true
}

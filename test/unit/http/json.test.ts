import fc from 'fast-check'
import t from 'tap'
import { isStrictJson } from '../../../src/http/strict-request.ts'

t.test('names may come again in another object, and as text', async (t) => {
  for (const text of ['{"a":{"a":1},"b":[{"a":1},{"a":2}]}', '{"a":"a","b":"a"}', '{"a":"{\\"a\\":1,\\"a\\":2}"}', '["a","a"]', '"a"', '1', '{}']) t.ok(isStrictJson(text), text)
})

t.test('a name that comes twice in one object is found, however it is written', async (t) => {
  for (const text of ['{"a":1,"a":2}', '{"a":1,"b":{"c":1,"c":2}}', '[{"a" : 1, "a"\n: 2}]', '{"a":{"b":1},"a":2}', '{"a":1,"\\u0061":2}']) t.notOk(isStrictJson(text), text)
})

t.test('text that cannot be stored is found, in names too', async (t) => {
  for (const text of ['"\\u0000"', '{"\\ud800":1}', '["\\udc00\\ud800"]', '{"a":"\\uD83D"}']) t.notOk(isStrictJson(text), text)
  t.ok(isStrictJson('"\\ud83d\\ude00"'), 'a whole pair is text')
})

t.test('whatever was written by JSON.stringify of ordinary text passes', async () => {
  const text = fc.string({ unit: 'grapheme' }).filter((value) => !value.includes('\0'))
  fc.assert(fc.property(fc.jsonValue(), fc.dictionary(text, text), (value, members) => {
    const json = JSON.stringify(members)
    if (!isStrictJson(json)) return false
    // Of anything else only the answer matters: it may hold a NUL.
    return typeof isStrictJson(JSON.stringify(value)) === 'boolean'
  }))
})

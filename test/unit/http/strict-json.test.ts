// What JSON.parse accepts and we do not: row ER14 of docs/requirements.md.
import fc from 'fast-check'
import t from 'tap'
import { findJsonFault } from '../../../src/http/strict-json.ts'

const UNSTORABLE = 'must be text without NUL and without halves of surrogate pairs'
const TWICE = 'occurs more than once'

t.test('a name may occur again in another object, and as a value', async (t) => {
  for (const text of [
    '{"a":{"a":1},"b":[{"a":1},{"a":2}]}', '{"a":"a","b":"a"}', '{"a":"{\\"a\\":1,\\"a\\":2}"}', '["a","a"]', '"a"', '1', '{}', '[[],[{}]]',
    '{"constructor":1}', '{"prototype":{"constructor":1}}', '{"constructor":[{"prototype":1}]}', '{"a":"__proto__"}', '"\\ud83d\\ude00"'
  ]) t.equal(findJsonFault(text), undefined, text)
})

t.test('ER14: the first fault is found, with a pointer to it', async (t) => {
  const table = [
    ['{"a":1,"a":2}', '/a', TWICE],
    ['{"a":1,"b":{"c":1,"c":2}}', '/b/c', TWICE],
    ['[{"a" : 1, "a"\n: 2}]', '/0/a', TWICE],
    ['[0,[1,2,{}],{"b":[1,{"c":[],"d":0,"c":1}]}]', '/2/b/1/c', TWICE],
    ['{"a":{"b":1},"a":2}', '/a', TWICE],
    ['{"a":1,"\\u0061":2}', '/a', TWICE],
    ['{"":1,"":2}', '/', TWICE],
    ['{"a/b~c":{"d":1,"d":1}}', '/a~1b~0c/d', TWICE],
    ['{"a":[{"b":1},{"b":2}],"a":1}', '/a', TWICE],
    ['"\\u0000"', '', UNSTORABLE],
    ['{"a":"\\uD83D"}', '/a', UNSTORABLE],
    ['["x",["\\udc00\\ud800"]]', '/1/0', UNSTORABLE],
    ['{"a":[1,{"b":"x"},"\\ud800"]}', '/a/2', UNSTORABLE],
    ['{"a":1,"b\\ud800":1}', '/b\ufffd', UNSTORABLE],
    ['{"b\\u0000c":1}', '/b\ufffdc', UNSTORABLE],
    ['{"a":{"__proto__":1}}', '/a/__proto__', 'is not allowed as a name'],
    ['{"\\u005f_proto__":1}', '/__proto__', 'is not allowed as a name'],
    ['[{"constructor":{"prototype":1}}]', '/0/constructor/prototype', 'is not allowed as a name']
  ] as const
  for (const [text, path, message] of table) t.strictSame(findJsonFault(text), { path, message }, text)
})

t.test('ER14: a pointer is short, whatever the text is', async (t) => {
  const long = 'n'.repeat(5_000)
  t.strictSame(findJsonFault(`{"${long}":1,"${long}":1}`), { path: `/${'n'.repeat(64)}…`, message: TWICE })
  t.strictSame(findJsonFault('['.repeat(3_000) + '"\\u0000"' + ']'.repeat(3_000)), { path: '/0'.repeat(16), message: UNSTORABLE })
})

t.test('ER14: a pointer leads to the doubled member', async () => {
  const name = fc.string({ unit: 'grapheme', maxLength: 8 })
  const path = fc.array(fc.oneof(name, fc.nat(3)), { maxLength: 6 })
  fc.assert(fc.property(path, name, fc.jsonValue(), (path, last, value) => {
    fc.pre(isPlain([...path, last]) && isPlain(value))
    const member = `${JSON.stringify(last)}:${JSON.stringify(value)}`
    const text = path.reduceRight<string>((inner, key) => {
      if (typeof key === 'number') return `[${'{},'.repeat(key)}${inner}]`
      return `{${JSON.stringify(`${key}-`)}:[{}],${JSON.stringify(key)}:${inner}}`
    }, `{${member},${member}}`)
    const pointer = [...path, last].map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
    const fault = findJsonFault(text)
    return fault?.path === pointer && fault.message === TWICE
  }))
})

t.test('the output of JSON.stringify for ordinary text passes', async () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    fc.pre(isPlain(value))
    return findJsonFault(JSON.stringify(value)) === undefined
  }))
})

/** Whether it is without what is refused, and without what cannot be shown. */
function isPlain (value: unknown): boolean {
  const text = JSON.stringify(value)
  return !/__proto__|constructor|\\u|[^\P{C}]/u.test(text)
}

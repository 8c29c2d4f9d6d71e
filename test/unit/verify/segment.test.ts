import fc from 'fast-check'
import t from 'tap'
import { decodeSegment, encodeSegment, isCanonical, isRecord } from '../../../src/verify/segment.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))

t.test('a value has one spelling, and that is read', async (t) => {
  fc.assert(fc.property(fc.jsonValue({ depthSize: 'small' }), (value) => {
    const segment = encodeSegment(value)
    return segment === Buffer.from(JSON.stringify(value)).toString('base64url') && JSON.stringify(decodeSegment(segment)) === JSON.stringify(value)
  }))
  const other = ['', ' ', 'e30=', 'e30 ', ' e30', 'e31', 'e3\t0', 'e30.', '{}', 'bnVsbCA', Buffer.from('\ufeff{}').toString('base64url'), Buffer.from('{"a":1,"a":1}').toString('base64url')]
  for (const segment of other) t.equal(decodeSegment(segment), undefined, JSON.stringify(segment))
  t.strictSame(decodeSegment('e30'), {})
})

t.test('what is too long for any segment is not taken for a shorter one', async (t) => {
  const long = 'x'.repeat(10_000)
  t.not(encodeSegment(long), Buffer.from(JSON.stringify(long)).toString('base64url'))
  t.ok(encodeSegment(long).length > 4096)
  t.equal(decodeSegment(Buffer.from(JSON.stringify(long)).toString('base64url')), undefined)
})

t.test('VF14: bytes have one spelling, and no other is canonical', async (t) => {
  fc.assert(fc.property(bytes, (bytes) => isCanonical(bytes.toString('base64url'))))
  fc.assert(fc.property(fc.string({ maxLength: 12 }), (text) => isCanonical(text) === (Buffer.from(text, 'base64url').toString('base64url') === text)))
  for (const text of ['A', 'AAAAA', 'AB', 'AAB', 'AA=', 'AA==', 'A A', 'A+A/', 'AA\n', '\u00e9A']) t.notOk(isCanonical(text), JSON.stringify(text))
})

t.test('a record is an object, and no list', async (t) => {
  t.ok(isRecord({}))
  for (const value of [undefined, null, [], 'x', 1, true]) t.notOk(isRecord(value))
})

import t from 'tap'
import { toOrigin } from '../../../src/audit/index.ts'

const request = { ip: '192.0.2.1', id: 'req-1', headers: { 'user-agent': 'phone' } }

t.test('an origin is address, user agent and request id', async (t) => {
  t.strictSame(toOrigin(request), { ip: '192.0.2.1', userAgent: 'phone', requestId: 'req-1' })
})

t.test('characters that cannot be stored or shown are removed', async (t) => {
  const table: Array<[name: string, sent: string | undefined, kept: string | null]> = [
    ['nothing', undefined, null],
    ['empty', '', null],
    ['a NUL', 'a\0b', 'ab'],
    ['line breaks', 'a\r\nset-cookie: b\u2028c\u2029d\u0085e', 'aset-cookie: bcde'],
    ['terminal codes', '\u001b[31mred\u009b0m', '[31mred0m'],
    ['control characters only', '\u0001\u0002', null],
    ['halves of surrogate pairs', 'a\ud800b\udc00c', 'abc'],
    ['a whole pair', 'a😀', 'a😀'],
    ['256 characters', 'x'.repeat(256), 'x'.repeat(256)],
    ['more', 'x'.repeat(10_000), 'x'.repeat(256)],
    ['a pair across the limit', `${'x'.repeat(255)}😀`, 'x'.repeat(255)]
  ]
  for (const [name, sent, kept] of table) {
    t.equal(toOrigin({ ...request, headers: { 'user-agent': sent } }).userAgent, kept, name)
  }
})

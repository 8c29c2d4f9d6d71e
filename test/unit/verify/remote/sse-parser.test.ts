import fc from 'fast-check'
import t from 'tap'
import { createSseParser, type ServerSentEvent } from '../../../../src/verify/remote/sse-parser.ts'

function parse (...chunks: Array<string | Uint8Array>): ServerSentEvent[] {
  const events: ServerSentEvent[] = []
  const push = createSseParser({ maxLength: 1000, onEvent: (event) => events.push(event) })
  for (const chunk of chunks) push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  return events
}

t.test('a stream is parsed as the standard says', async (t) => {
  const table: Array<[string, string, ServerSentEvent[]]> = [
    ['an event', 'id: 1\nevent: a\ndata: x\n\n', [{ name: 'a', data: 'x', id: '1' }]],
    ['lines that end in CRLF', 'id: 1\r\nevent: a\r\ndata: x\r\n\r\n', [{ name: 'a', data: 'x', id: '1' }]],
    ['lines that end in CR', 'id: 1\revent: a\rdata: x\r\r', [{ name: 'a', data: 'x', id: '1' }]],
    ['no space after the colon', 'data:x\n\n', [{ name: 'message', data: 'x', id: '' }]],
    ['more than one space is data', 'data:  x\n\n', [{ name: 'message', data: ' x', id: '' }]],
    ['data in lines', 'data: x\ndata\ndata: y\n\n', [{ name: 'message', data: 'x\n\ny', id: '' }]],
    ['comments', ': hello\n\ndata: x\n: again\n\n', [{ name: 'message', data: 'x', id: '' }]],
    ['an event without data is none', 'event: a\nid: 7\n\ndata: x\n\n', [{ name: 'message', data: 'x', id: '7' }]],
    ['an id stays until the next', 'id: 1\ndata: x\n\ndata: y\n\n', [
      { name: 'message', data: 'x', id: '1' }, { name: 'message', data: 'y', id: '1' }
    ]],
    ['an id with NUL is none', 'id: 1\0\ndata: x\n\n', [{ name: 'message', data: 'x', id: '' }]],
    ['an event that is not finished is none', 'data: x\n', []],
    ['unknown fields', 'retry: 5\nfoo: bar\ndata: x\n\n', [{ name: 'message', data: 'x', id: '' }]],
    ['a byte order mark', '\uFEFFdata: x\n\n', [{ name: 'message', data: 'x', id: '' }]]
  ]
  for (const [name, text, events] of table) t.strictSame(parse(text), events, name)
})

t.test('chunk boundaries make no difference', async () => {
  const stream = Buffer.from(
    'id: e-1\r\nevent: snapshot\r\ndata: {"a":"äöü€😀"}\r\n\r\n: beat\r\rid: e-2\rdata: 1\rdata: 2\r\r\nid: e-3\nevent: b\ndata: x\n\n'
  )
  const whole = parse(stream)
  fc.assert(fc.property(fc.array(fc.nat(stream.length), { maxLength: 40 }), (boundaries) => {
    const at = [0, ...boundaries.toSorted((a, b) => a - b), stream.length]
    const chunks = at.slice(1).map((end, index) => stream.subarray(at[index], end))
    return JSON.stringify(parse(...chunks)) === JSON.stringify(whole)
  }))
})

t.test('the length limit applies to each event', async (t) => {
  t.equal(parse(...Array.from({ length: 100 }, () => `data: ${'x'.repeat(900)}\n\n`)).length, 100)
  t.equal(parse(...Array.from({ length: 100 }, () => `:${'x'.repeat(900)}\n`)).length, 0, 'comments neither')
  t.throws(() => parse(`data: ${'x'.repeat(1000)}`), TypeError, 'one long line')
  t.throws(() => parse(...Array.from({ length: 200 }, () => 'data: xxxx\n')), TypeError, 'many lines')
})

t.test('invalid UTF-8 is refused', async (t) => {
  t.throws(() => parse(Buffer.from('data: x'), Buffer.from([0xff])), TypeError)
})

// Which representation a client gets: row HC22 of docs/requirements.md.
import fc from 'fast-check'
import t from 'tap'
import { negotiate } from '../../../src/http/accept.ts'
import { assertLinear } from '../../support/growth.ts'
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts'

const OFFERED = ['application/json', 'text/event-stream'] as const
const [JSON_TYPE, STREAM] = OFFERED

t.test('HC22: q decides, then the order of the list', async (t) => {
  const table = [
    [undefined, JSON_TYPE], ['', JSON_TYPE], [' , ,', JSON_TYPE], ['*/*', JSON_TYPE], ['*', JSON_TYPE],
    ['application/json', JSON_TYPE], ['text/event-stream', STREAM], ['TEXT/Event-Stream', STREAM],
    ['text/*', STREAM], ['application/*', JSON_TYPE], ['text/*, application/*', STREAM],
    // Equal weights
    ['application/json, text/event-stream', JSON_TYPE], ['text/event-stream, application/json', STREAM],
    ['text/event-stream, */*', STREAM], ['application/json, */*', JSON_TYPE], ['*/*, text/event-stream', JSON_TYPE],
    ['application/problem+json, application/json, text/event-stream', JSON_TYPE],
    ['application/json;q=0.5,text/event-stream;q=0.5', JSON_TYPE], ['text/event-stream;q=0.5,application/json;q=.5', STREAM],
    // Other weights
    ['application/json, text/event-stream;q=0.5', JSON_TYPE], ['text/event-stream;q=0.5, application/json', JSON_TYPE],
    ['application/json;q=0.9, text/event-stream', STREAM], ['text/event-stream;q=0.001, */*', JSON_TYPE],
    ['application/json;q=0.1, */*;q=0.2', STREAM], ['text/*;q=0.9, */*;q=0.8', STREAM], ['text/event-stream ; Q = 0.5, */*;q=0.4', STREAM],
    // What is refused
    ['text/event-stream;q=0', undefined], ['text/event-stream;q=0, application/json', JSON_TYPE],
    ['text/event-stream;q=0.000, */*', JSON_TYPE], ['application/json;q=0, */*', STREAM], ['*/*, application/json;q=0', STREAM],
    ['text/*;q=0, */*', JSON_TYPE], ['text/*;q=0, text/event-stream', STREAM], ['*/*;q=0', undefined], ['*/*;q=0, text/*', STREAM],
    ['text/html', undefined], ['text/html, application/xml;q=0.9', undefined], ['application/problem+json', undefined],
    ['text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2', JSON_TYPE],
    // Other parameters
    ['text/event-stream;charset=utf-8', STREAM], ['application/json; charset="utf-8"; q=0.5, text/event-stream;q=0.4', JSON_TYPE],
    ['text/html;a="text/event-stream,", application/json', JSON_TYPE], ['text/event-stream;a=";q=0"', STREAM],
    ['text/event-stream;a="\\";q=0"', STREAM], ['text/event-stream;a="b', STREAM], ['text/event-stream;q=0.5;a=b', STREAM],
    ['text/event-stream;q=0;q=1', undefined], ['text/event-stream;q=0, text/event-stream', undefined],
    // Malformed members, as if they were not there
    ['text/event-stream;q=a, application/json;q=0.1', JSON_TYPE], ['text/event-stream;q=1.5', JSON_TYPE],
    ['text/event-stream;q=-1', JSON_TYPE], ['text/event-stream;q=', JSON_TYPE], ['text/event-stream;q="0"', JSON_TYPE],
    ['text/event-stream;q=1e-1', JSON_TYPE],
    ['text/event-stream;q', STREAM], ['text', JSON_TYPE], ['/', JSON_TYPE], ['*/event-stream', undefined],
    ['text/event-stream text/html', JSON_TYPE],
    ['constructor/*', undefined], ['__proto__/*', undefined]
  ] as const
  for (const [accept, type] of table) t.equal(negotiate(accept, OFFERED), type, String(accept))
})

t.test('HC22: a type with q=0 is never chosen, and one that is listed is always acceptable', async (t) => {
  const types = fc.shuffledSubarray([...OFFERED, 'text/html', 'text/*', '*/*'], { minLength: 1 })
  const qualities = fc.array(fc.constantFrom('', ';q=0', ';q=0.5', ';q=1'), { minLength: 5, maxLength: 5 })
  fc.assert(fc.property(types, qualities, (types, qualities) => {
    const ranges = types.map((type, index) => ({ type, text: `${type}${qualities[index]}` }))
    const chosen = negotiate(ranges.map(({ text }) => text).join(', '), OFFERED)
    const refused = (type?: string) => ranges.some(({ text }) => text === `${type};q=0`)
    const listed = OFFERED.some((type) => types.includes(type) && !refused(type))
    return !refused(chosen) && (!listed || chosen !== undefined)
  }))
  t.pass()
})

t.test('HC22: a header of 16 KB takes linear time, whatever it is', async (t) => {
  const texts: Readonly<Record<string, (size: number) => string>> = {
    ...HOSTILE_TEXTS,
    commas: (size) => ','.repeat(size),
    quotes: (size) => '"'.repeat(size),
    'quotes and backslashes': (size) => '"\\'.repeat(size / 2),
    'escaped quotes': (size) => `a/b;c="${'\\"'.repeat(size / 2)}`,
    'weights with white space': (size) => `a/b;q${' '.repeat(size)}=${' '.repeat(size)}1`,
    zeros: (size) => `a/b;q=0.${'0'.repeat(size)}x`,
    'one range': (size) => `${'a'.repeat(size / 2)}/${'a'.repeat(size / 2)}(`,
    ranges: (size) => Array.from({ length: size / 10 }, (_, index) => `a/${1e6 + index}`).join(),
    weights: (size) => `a/b${';q=1'.repeat(size / 4)}`
  }
  for (const [name, input] of Object.entries(texts)) {
    await assertLinear(t, name, { size: 16 * 1024, input, work: (text) => negotiate(String(text), OFFERED) })
  }
})

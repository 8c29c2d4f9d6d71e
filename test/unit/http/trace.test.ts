import fc from 'fast-check'
import t from 'tap'
import { trace } from '../../../src/http/index.ts'
import { startSpan } from '../../../src/http/trace.ts'
import { createHttpApp } from './http-app.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const PARENT = '00f067aa0ba902b7'
const FRESH = { traceId: /^[\da-f]{32}$/, spanId: /^[\da-f]{16}$/, parentId: undefined }

t.test('the trace of the caller continues with a new span', async (t) => {
  const table = [
    ['as it is', `00-${TRACE}-${PARENT}-01`, '01'],
    ['not sampled', `00-${TRACE}-${PARENT}-00`, '00'],
    ['flags that are not known are not passed on', `00-${TRACE}-${PARENT}-ff`, '01'],
    ['a later version', `cc-${TRACE}-${PARENT}-01`, '01'],
    ['a later version that says more', `cc-${TRACE}-${PARENT}-01-what-the-future-will-be-like`, '01']
  ] as const
  for (const [name, header, flags] of table) {
    const begun = startSpan(header)
    t.match(begun, { traceId: TRACE, parentId: PARENT, spanId: /^[\da-f]{16}$/ }, name)
    t.not(begun.spanId, PARENT, name)
    t.equal(begun.traceparent, `00-${TRACE}-${begun.spanId}-${flags}`, name)
  }
})

t.test('LG9: an invalid traceparent starts a new trace', async (t) => {
  const table = [
    ['none', undefined], ['empty', ''], ['words', 'hunter2'],
    ['a version that is none', `ff-${TRACE}-${PARENT}-01`],
    ['version 0 that says more', `00-${TRACE}-${PARENT}-01-more`],
    ['more without a dash', `cc-${TRACE}-${PARENT}-01more`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${PARENT}-01`],
    ['a parent of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['capitals', `00-${TRACE.toUpperCase()}-${PARENT}-01`],
    ['a short trace', `00-${TRACE.slice(1)}-${PARENT}-01`],
    ['a long parent', `00-${TRACE}-${PARENT}0-01`],
    ['no flags', `00-${TRACE}-${PARENT}`],
    ['space around', ` 00-${TRACE}-${PARENT}-01 `],
    ['two of them, as Node joins them', `00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`],
    ['a line behind it', `00-${TRACE}-${PARENT}-01\n`],
    ['a list', [`00-${TRACE}-${PARENT}-01`]]
  ] as const
  for (const [name, header] of table) {
    const begun = startSpan(header)
    t.match(begun, FRESH, name)
    t.not(begun.traceId, TRACE, name)
    t.equal(begun.traceparent, `00-${begun.traceId}-${begun.spanId}-00`, name)
  }
})

t.test('for any input, a valid and new traceparent is passed on', async () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (header) => {
    const { traceparent } = startSpan(header)
    return traceparent !== startSpan(header).traceparent && startSpan(traceparent).traceId === traceparent.slice(3, 35)
  }))
})

t.test('every log line of a request has its trace, and handlers can pass it on', async (t) => {
  const lines: Array<Record<string, unknown>> = []
  const service = await createHttpApp(t, { logLevel: 'info', logStream: { write: (line) => { lines.push(JSON.parse(line)) } } })
  await service.register(trace)
  service.get('/things', (request) => {
    request.log.info({}, 'at work')
    return { traceparent: request.traceparent }
  })
  const { traceparent } = (await service.inject({ url: '/things', headers: { traceparent: `00-${TRACE}-${PARENT}-01` } })).json()
  t.equal(lines.length, 2)
  for (const line of lines) {
    t.match(line, { trace_id: TRACE, parent_id: PARENT, span_id: traceparent.slice(36, 52), reqId: /^[\da-f-]{36}$/ })
  }
  await service.inject({ url: '/%', headers: { traceparent: 'hunter2' } })
  t.match(lines[2], { trace_id: /^[\da-f]{32}$/, code: 'invalid_request', msg: 'request refused' }, 'also of one that has no route')
  t.notOk('parent_id' in (lines[2] ?? {}))
  t.notMatch(JSON.stringify(lines), /hunter2/)
})

import t from 'tap'
import { createLog, createTerminalStream } from '../../../src/http/index.ts'

function createTerminal ({ colors = false, level = 'info' } = {}) {
  const written: string[] = []
  const stream = createTerminalStream({ write: (text) => written.push(text), hasColors: () => colors })
  return { log: createLog({ level, stream }), text: () => written.splice(0).join('') }
}

const AT = /^\d\d:\d\d:\d\d {2}/

t.test('an entry is one line with its members', async (t) => {
  const { log, text } = createTerminal()
  log.info({ kids: ['a', 'b'], count: 2, reason: 'no luck' }, 'the published keys have changed')
  const line = text()
  t.match(line, AT)
  t.equal(line.replace(AT, ''), 'the published keys have changed  kids=["a","b"]  count=2  reason=no luck\n')
  log.info('nothing else')
  t.equal(text().replace(AT, ''), 'nothing else\n')
  log.warn({ token: 'hunter2' }, 'strange')
  t.equal(text().replace(AT, ''), 'warn  strange  token=[redacted]\n')
})

t.test('a request is a line of method, path, status and time', async (t) => {
  const { log, text } = createTerminal()
  const exchange = { req: { method: 'GET', url: '/me?q=hunter2', ip: '127.0.0.1' }, res: { statusCode: 200 }, responseTime: 0.42 }
  const request = log.child({ reqId: 'req-1', trace_id: '1', span_id: '2' })
  request.info({ ...exchange, user: 'ada', session: 'x' }, 'request completed')
  t.equal(text().replace(AT, ''), 'GET /me  200  0.42 ms  user=ada\n')
  request.info({ req: exchange.req, code: 'not_found' }, 'request refused')
  t.equal(text().replace(AT, ''), 'request refused: GET /me  code=not_found\n')
  request.warn({ ...exchange, err: new Error('gone') }, 'response could not be sent')
  t.match(text().replace(AT, ''), /^warn {2}GET \/me {2}200 {2}response could not be sent\n {10}Error: gone\n {14}at /)
})

t.test('an error has its stack and causes, unless a client caused it', async (t) => {
  const { log, text } = createTerminal()
  const err = new TypeError('no luck', { cause: new Error('deeper') })
  log.error({ err }, 'request failed')
  const lines = text().replace(AT, '').split('\n')
  t.equal(lines[0], 'error  request failed')
  t.equal(lines[1], '          TypeError: no luck')
  t.ok(lines.includes('          caused by Error: deeper'))
  log.info({ err }, 'request refused')
  t.equal(text().replace(AT, ''), 'request refused\n')
})

t.test('no input reaches the terminal as a command', async (t) => {
  const { log, text } = createTerminal()
  for (const evil of ['\u001b[31m', '\u009b31m', '\r', '\n', '\u0007', '\u2028', '\u007f']) {
    const err = Object.assign(new Error(evil), { stack: `Error: ${evil.replace('\n', '\r')}` })
    log.error(
      { evil, deep: { evil }, [`name${evil}`]: 1, err, req: { method: evil, url: `/${evil}`, ip: '' }, res: { statusCode: 200 } }, evil
    )
    // eslint-disable-next-line no-control-regex
    t.notMatch(text(), /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]/, encodeURIComponent(evil))
  }
})

t.test('colours show the status', async (t) => {
  const { log, text } = createTerminal({ colors: true })
  for (const [statusCode, color] of [[200, 32], [404, 33], [500, 31]]) {
    log.info({ req: { method: 'GET', url: '/' }, res: { statusCode } }, 'request completed')
    t.ok(text().includes(`\u001b[${color}m${statusCode}\u001b[39m`))
  }
})

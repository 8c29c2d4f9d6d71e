// Pipelined requests: sent before the previous response.
import type { Server } from 'node:http'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { createHttpApp } from './http-app.ts'
import { listen, openSocket, receive, send } from '../../support/sockets.ts'

const HOST = 'host: example.com\r\n'
const HELD = 17

const get = (path: string, headers = '') => `GET ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`
const post = (path: string, body: string) =>
  `POST ${path} HTTP/1.1\r\n${HOST}content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`

/** Counts the requests that reach a handler, in all and at once. */
async function createCounting (t: Test) {
  const service = await createHttpApp(t)
  const seen = { reached: [] as string[], atOnce: 0, most: 0 }
  service.all<{ Params: { id: string } }>('/things/:id', async ({ params: { id } }) => {
    seen.reached.push(id)
    seen.most = Math.max(seen.most, ++seen.atOnce)
    await new Promise((resolve) => setTimeout(resolve, 1))
    seen.atOnce--
    return { id }
  })
  service.get<{ Params: { id: string } }>('/now/:id', ({ params: { id } }, reply) => {
    seen.reached.push(id)
    reply.send({ id })
  })
  service.get('/last', async (_request, reply) => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    return reply.code(418).header('connection', 'close').send('last')
  })
  const held = { resolve () {} }
  service.get('/held', async () => {
    seen.reached.push('held')
    await new Promise<void>((resolve) => { held.resolve = resolve })
    return {}
  })
  return { service, seen, held, port: await listen(service) }
}

const connectionsOf = (server: Server) => promisify(server.getConnections.bind(server))()
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index))
const idsIn = (text: string) => [...text.matchAll(/\{"id":"(\d+)"\}/g)].map(([, id]) => id)

t.test('pipelined requests are served one after another on one connection', async (t) => {
  const { seen, port } = await createCounting(t)
  const socket = openSocket(port)
  let text = ''
  socket.on('data', (chunk) => { text += chunk })
  for (const round of [1, 2, 3]) {
    socket.write(numbers(16).map((id) => id === '3' ? post(`/things/${id}`, '{"a":1}') : get(`/things/${id}`)).join(''))
    while (idsIn(text).length < 16 * round) await new Promise((resolve) => socket.once('data', resolve))
  }
  t.same(idsIn(text), [...numbers(16), ...numbers(16), ...numbers(16)])
  t.equal(seen.most, 1)
  t.notMatch(text, /connection: close/i)
  t.equal(socket.readyState, 'open')
  socket.destroy()
})

for (const path of ['/things', '/now']) {
  t.test(`of too many pipelined requests, the first get responses, and then the connection closes: ${path}`, async (t) => {
    const { seen, port } = await createCounting(t)
    const { text } = await send(port, numbers(1000).map((id) => get(`${path}/${id}`)).join(''))
    const answered = idsIn(text)
    t.same(answered, numbers(answered.length), 'in order')
    t.ok(answered.length >= 16)
    t.same(seen.reached, answered, 'and nothing was done that was not answered')
    if (path === '/things') {
      t.equal(answered.length, HELD)
      t.match(text.split('HTTP/1.1 ').at(-1), /^200 OK\r\n[^]*connection: close\r\n/i, 'the last one says so')
    }
  })
}

t.test('discarded requests get no response, whatever they are', async (t) => {
  const { seen, port } = await createCounting(t)
  const full = numbers(HELD).map((id) => get(`/things/${id}`)).join('')
  const table = [
    ['bodies', post('/things/99', `{"a":"${'a'.repeat(9_000)}"}`).repeat(30)],
    ['an upgrade', get('/things/99', 'connection: upgrade\r\nupgrade: websocket\r\n').repeat(2)],
    ['CONNECT', `CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`],
    ['no HTTP, behind a request', `${get('/things/99')}\0\0\0\r\n\r\n`]
  ] as const
  for (const [name, rest] of table) {
    seen.reached.length = 0
    const socket = openSocket(port)
    socket.write(full + get('/things/98') + rest)
    const answer = receive(socket)
    // More follows, so that it arrives in several reads.
    const more = setInterval(() => socket.writable && socket.write(rest), 2)
    const { text } = await answer
    clearInterval(more)
    t.same(idsIn(text), numbers(HELD), name)
    t.same(seen.reached, numbers(HELD), name)
    t.notMatch(text, /HTTP\/1\.1 [^2]/, name)
  }
})

t.test('queued requests are discarded when the connection is lost', async (t) => {
  const { service, seen, held, port } = await createCounting(t)
  const gone = openSocket(port)
  gone.write(get('/held') + get('/things/1'))
  while (!seen.reached.includes('held')) await new Promise((resolve) => setTimeout(resolve, 1))
  gone.destroy()
  while (await connectionsOf(service.server) > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  held.resolve()
  t.match(await send(port, get('/things/2', 'connection: close\r\n')), { status: 200 }, 'time enough for the other')
  t.same(seen.reached, ['held', '2'])
})

t.test('queued requests are discarded when the response before them closes the connection', async (t) => {
  const { seen, port } = await createCounting(t)
  const { text } = await send(port, get('/last') + get('/things/1') + get('/now/2'))
  t.match(text, /^HTTP\/1\.1 418 [^]*last$/)
  t.same(seen.reached, [])
})

t.test('the rejection of a CONNECT is not taken for the response to the request before it', async (t) => {
  const { port } = await createCounting(t)
  t.equal((await send(port, `${get('/things/1')}CONNECT example.com:443 HTTP/1.1\r\n${HOST}\r\n`)).text, '')
})

t.test('requests before bytes that are no request get their responses, and then the connection closes', async (t) => {
  const { seen, port } = await createCounting(t)
  const garbage = ['\0\0\0\r\n\r\n', `FOO / HTTP/1.1\r\n${HOST}\r\n`, 'GET / HTTP/1.1\r\nno header\r\n\r\n']
  for (const rest of garbage) {
    for (const count of [1, 3, HELD]) {
      for (const path of ['/things', '/now']) {
        seen.reached.length = 0
        const { text } = await send(port, numbers(count).map((id) => get(`${path}/${id}`)).join('') + rest)
        t.same(idsIn(text), numbers(count), `${count} of ${path} before ${JSON.stringify(rest)}`)
        t.same(seen.reached, numbers(count))
        t.notMatch(text.slice(0, text.lastIndexOf('HTTP/1.1 ')), /connection: close/i)
        t.match(text.slice(text.lastIndexOf('HTTP/1.1 ')), /connection: close/i, 'the last response says so')
      }
    }
  }
})

t.test('garbage in more than one read, and inside of a body', async (t) => {
  const { port } = await createCounting(t)
  const socket = openSocket(port)
  socket.write(get('/things/1'))
  const answer = receive(socket)
  const more = setInterval(() => socket.writable && socket.write('\0\0\0\r\n\r\n'), 1)
  t.same(idsIn((await answer).text), ['1'])
  clearInterval(more)
  const header = `${HOST}content-type: application/json\r\ntransfer-encoding: chunked\r\n`
  const chunked = `POST /things/2 HTTP/1.1\r\n${header}\r\n1\r\nab\r\n0\r\n\r\n`
  t.match(await send(port, chunked), { status: 400, body: /invalid_request/ }, 'it is the response to this request')
  const { text } = await send(port, get('/things/1') + chunked)
  t.same(idsIn(text), ['1'])
  t.equal(text.match(/HTTP\/1\.1 /g)?.length, 1)
})

t.test('a request with an unknown expectation is queued like others', async (t) => {
  const { seen, port } = await createCounting(t)
  const { text } = await send(port, get('/things/1') +
    get('/things/2', 'expect: miracles\r\n') + get('/things/3', 'expect: 100-continue\r\n') + get('/things/4', 'connection: close\r\n'))
  t.same(idsIn(text), ['1', '2', '3', '4'])
  t.equal(seen.most, 1)
  t.same(text.match(/HTTP\/1\.1 \d+/g), [200, 200, 100, 200, 200].map((status) => `HTTP/1.1 ${status}`))
})

// Limits of open connections. Clients have several addresses here: all of 127.0.0.0/8 is this machine.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { promisify } from 'node:util'
import t from 'tap'
import { ConnectionCounter, RefusalLog } from '../../../src/http/bounded-server.ts'
import { until } from '../../support/until.ts'
import { createHttpApp } from './http-app.ts'
import { listen } from '../../support/sockets.ts'

const REQUEST = 'GET /fine HTTP/1.1\r\nhost: example.com\r\nx-forwarded-for: 203.0.113.9\r\n\r\n'

async function createLimited (t: Parameters<typeof createHttpApp>[0], options: Parameters<typeof createHttpApp>[1]) {
  const lines: Array<Record<string, unknown>> = []
  const service = await createHttpApp(t, { ...options, logLevel: 'warn', logStream: { write: (line) => { lines.push(JSON.parse(line)) } } })
  service.get('/fine', () => ({}))
  const port = await listen(service)
  return {
    lines,
    port,
    countOpen: promisify(service.server.getConnections.bind(service.server)) as () => Promise<number>,
    open: (localAddress: string) => connect({ port, host: '127.0.0.1', localAddress })
  }
}

/** Whether a request on the connection gets a response; false where the connection closes instead. */
function isServed (socket: Socket): Promise<boolean> {
  socket.on('error', () => {}).write(REQUEST)
  return Promise.race([
    once(socket, 'data').then(() => true, () => false), new Promise<boolean>((resolve) => socket.once('close', () => resolve(false)))
  ])
}

t.test('the connections of an address are limited, whatever headers they send; others are served, and closed ones make room', async (t) => {
  const { open, lines, countOpen } = await createLimited(t, { connections: { max: 100, maxPerAddress: 5 } })
  const held = Array.from({ length: 5 }, () => open('127.0.0.2'))
  t.same(await Promise.all(held.map(isServed)), Array(5).fill(true))
  for (let turn = 0; turn < 200; turn++) if (await isServed(open('127.0.0.2'))) t.fail('more than there may be')
  t.equal(await countOpen(), 5, 'nothing is left of those refused')
  const other = open('127.0.0.3')
  t.ok(await isServed(other))
  t.match(
    lines, [{ level: 40, event: 'connections_refused', reason: 'address', count: 1, ip: '127.0.0.2', msg: /TRUST_PROXY/ }], 'said once'
  )
  t.equal(lines.length, 1)
  for (const socket of held) socket.destroy()
  await until(async () => await countOpen() === 1)
  const again = open('127.0.0.2')
  t.ok(await isServed(again))
  for (const socket of [other, again]) socket.destroy()
})

t.test('a listed proxy has no limit of its own', async (t) => {
  const { open, lines } = await createLimited(t, { connections: { max: 100, maxPerAddress: 2 }, trustProxy: ['127.0.0.4/31'] })
  const sockets = Array.from({ length: 20 }, () => open('127.0.0.5'))
  t.same(await Promise.all(sockets.map(isServed)), Array(20).fill(true))
  t.same(lines, [])
  for (const socket of sockets) socket.destroy()
})

t.test('the connections of all clients together are limited', async (t) => {
  const { open, lines } = await createLimited(t, { connections: { max: 3, maxPerAddress: 2 } })
  const sockets: Socket[] = []
  for (const [address, isExpected] of [['127.0.0.2', true], ['127.0.0.2', true], ['127.0.0.3', true], ['127.0.0.4', false]] as const) {
    const socket = open(address)
    sockets.push(socket)
    t.equal(await isServed(socket), isExpected, address)
  }
  t.match(lines, [{ event: 'connections_refused', reason: 'full', count: 1, ip: '127.0.0.4' }])
  for (const socket of sockets) socket.destroy()
})

t.test('connections are counted by network prefix, and closed ones are forgotten', async (t) => {
  const connections = new ConnectionCounter({ maxPerAddress: 2, trustProxy: ['2001:db8:1::/48', '10.0.0.0/8'] })
  const open = (remoteAddress: string | undefined) => {
    let close = () => {}
    const socket = { remoteAddress, once: (_event: string, listener: () => void) => { close = listener } } as unknown as Socket
    return { isAccepted: connections.acquire(socket), close: () => close() }
  }
  const table = [
    ['2001:db8::1', true], ['2001:db8::2', true], ['2001:db8::ffff:3', false], ['2001:db8:0:1::1', true],
    ['192.0.2.1', true], ['::ffff:192.0.2.1', true], ['192.0.2.1', false], ['2001:db8:1::1', true], ['2001:db8:1::2', true], [
      '2001:db8:1::3', true
    ],
    ['::ffff:10.1.1.1', true], ['10.1.1.1', true], ['10.1.1.1', true], [undefined, true]
  ] as const
  const opened = table.map(([address, isExpected]) => {
    const connection = open(address)
    t.equal(connection.isAccepted, isExpected, String(address))
    return connection
  })
  t.equal(connections.size, 3)
  for (const { close } of opened) close()
  t.equal(connections.size, 0)
})

t.test('refusals within the interval are logged in one line, and later ones at once', async (t) => {
  const logged: object[] = []
  const refusals = new RefusalLog({ warn: (details) => { logged.push(details) } }, 50)
  for (let turn = 0; turn < 100; turn++) refusals.add('address', `192.0.2.${turn}`)
  refusals.add('full', undefined)
  t.match(logged, [{ reason: 'address', count: 1, ip: '192.0.2.0' }])
  await until(() => logged.length === 3)
  t.match(logged.slice(1), [{ reason: 'address', count: 99, ip: '192.0.2.99' }, { reason: 'full', count: 1 }])
  // After an interval without refusals, the next is logged at once.
  await new Promise((resolve) => setTimeout(resolve, 150))
  refusals.add('full', '192.0.2.7')
  t.match(logged[3], { reason: 'full', count: 1, ip: '192.0.2.7' })
})

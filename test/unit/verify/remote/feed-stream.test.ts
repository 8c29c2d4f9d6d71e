import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { readFeedStream } from '../../../../src/verify/remote/feed-client.ts'
import { openResponse } from '../../../../src/verify/remote/issuer-http.ts'
import { systemTime } from '../../../../src/verify/time.ts'

const EVENTS = 32_000
const EVENT_BYTES = 1024

t.test('a large snapshot is read in small parts, one in each turn of the event loop', async (t) => {
  const event = `event: x\ndata: ${'y'.repeat(EVENT_BYTES - 17)}\n\n`
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(event.repeat(EVENTS))
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const answer = await openResponse(`http://127.0.0.1:${port}`, { headers: {}, timeoutMs: 5000, signal: new AbortController().signal })
  // Until all that the kernel takes is there.
  await sleep(200)
  let seen = 0
  const reading = readFeedStream(answer, { time: systemTime(), onEvent: () => { seen++ } })
  const ended = t.rejects(reading, /the feed has ended/)
  let most = 0
  for (let before = 0; before < EVENTS; before = seen) {
    await nextTurn()
    most = Math.max(most, seen - before)
  }
  await ended
  t.equal(seen, EVENTS)
  t.ok(most * EVENT_BYTES <= 144 * 1024, `${most} in one turn`)
})

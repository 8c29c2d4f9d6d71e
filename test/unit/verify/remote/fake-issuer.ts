// An issuer on a real socket, with all kinds of faults.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AS_OF_HEADER, type FeedEvents, type PublicJwk } from '../../../../src/contract/index.ts'

export interface Teardown {
  teardown (close: () => Promise<void>): void
}

/** A faulty response. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => void

export interface FakeIssuer {
  readonly issuer: string
  readonly requests: Array<{ path: string, headers: IncomingHttpHeaders }>
  /** The number of requests to paths with this prefix. */
  count (path: string): number
  /** Faults by path, or `*` for all paths. */
  readonly faults: Map<string, Fault>
  keys: unknown[]
  jwksHeaders: Record<string, string>
  metadata: Record<string, unknown>
  readonly feed: FakeFeed
  /** Stops listening and closes all connections; `restart` listens at the same address again. */
  stop (): Promise<void>
  restart (): Promise<void>
}

export interface FakeFeed {
  tokens: string[]
  epoch: string
  seq: number
  asOf: () => Date
  revoked: FeedEvents['revoked'][]
  required: FeedEvents['refresh_required'][]
  revokedKids: string[]
  /** Whether it answers a request for a stream with one. */
  streaming: boolean
  readonly streams: Set<ServerResponse>
  answer: Fault
  /** Sends the event to all streams, and includes it in later snapshots. */
  revoke (entry: FeedEvents['revoked']): void
  requireRefresh (entry: FeedEvents['refresh_required']): void
  publishKeys (): void
  sendHeartbeat (): void
  /** Sends any event to all streams. */
  send (name: string, data: unknown, id: string): void
  disconnectAll (): void
  /** Ends all streams in order, as an instance does before its process ends. */
  endAll (): void
}

export const JWKS_PATH = '/.well-known/jwks.json'
export const METADATA_PATH = '/.well-known/oauth-authorization-server'
export const FEED_PATH = '/revocations'
export const FEED_TOKEN = 'feed-token-0123456789-0123456789-0123456789'

export async function createFakeIssuer (t: Teardown, keys: PublicJwk[]): Promise<FakeIssuer> {
  const server = createServer(onRequest)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const issuer = `http://127.0.0.1:${port}`
  const feed = createFakeFeed(() => fake.keys)
  const fake: FakeIssuer = {
    issuer,
    requests: [],
    count: (path) => fake.requests.filter((request) => request.path.startsWith(path)).length,
    faults: new Map(),
    keys,
    jwksHeaders: { 'cache-control': 'public, max-age=300' },
    metadata: {
      issuer, jwks_uri: `${issuer}${JWKS_PATH}`, response_types_supported: [], revocation_feed_endpoint: `${issuer}${FEED_PATH}`
    },
    feed,
    stop () {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
    restart: () => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  }
  t.teardown(() => fake.stop())
  return fake

  function onRequest (request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? ''
    fake.requests.push({ path, headers: request.headers })
    const fault = fake.faults.get(path) ?? fake.faults.get('*')
    if (fault !== undefined) fault(request, response)
    else if (path === METADATA_PATH) sendJson(response, fake.metadata)
    else if (path === JWKS_PATH) sendKeys(request, response)
    else if (path === FEED_PATH) feed.answer(request, response)
    else response.writeHead(404).end()
  }

  function sendKeys ({ headers }: IncomingMessage, response: ServerResponse): void {
    const body = JSON.stringify({ keys: fake.keys })
    const etag = `"${Buffer.from(body).toString('base64url').slice(-24)}-${body.length}"`
    if (headers['if-none-match'] === etag) response.writeHead(304, { etag, ...fake.jwksHeaders }).end()
    else response.writeHead(200, { 'content-type': 'application/jwk-set+json', etag, ...fake.jwksHeaders }).end(body)
  }
}

export function sendJson (response: ServerResponse, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body))
}

export const neverAnswer: Fault = () => {}

/** What an endpoint can do wrong while its host is up: the failure modes F8. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'answers 500': (_request, response) => response.writeHead(500).end(),
  'answers 503 with JSON': (_request, response) => response.writeHead(503, { 'content-type': 'application/json' }).end('{"keys":[]}'),
  'answers 200 with HTML': (_request, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(
    '<h1>Welcome to the captive portal</h1>'
  ),
  'answers HTML and calls it JSON': (_request, response) => sendJson(response, '<h1>Welcome</h1>'),
  'answers with half of its JSON': (_request, response) => sendJson(response, '{"keys":['),
  'answers with a redirect': (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
  'answers 304 although nothing was asked of it': (_request, response) => response.writeHead(304).end(),
  'answers with an empty set': (_request, response) => sendJson(response, { keys: [] }),
  'answers with a list': (_request, response) => sendJson(response, []),
  'answers with null': (_request, response) => sendJson(response, 'null'),
  'closes the connection': (request) => request.socket.destroy(),
  'closes the connection in the middle': (request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' }).write('{"keys":')
    setTimeout(() => request.socket.destroy(), 20)
  },
  'answers too much': (_request, response) => sendJson(response, JSON.stringify({ keys: [], padding: 'x'.repeat(300_000) })),
  'answers in gzip': (_request, response) => sendJson(response, '{}', { 'content-encoding': 'gzip' }),
  'never answers': neverAnswer,
  'never finishes': (_request, response) => { response.writeHead(200, { 'content-type': 'application/json' }).write('{"keys":') }
}

function createFakeFeed (keys: () => unknown[]) {
  const feed = {
    tokens: [FEED_TOKEN],
    epoch: 'e1',
    seq: 1,
    asOf: () => new Date(),
    revoked: [] as FeedEvents['revoked'][],
    required: [] as FeedEvents['refresh_required'][],
    revokedKids: [] as string[],
    streaming: true,
    streams: new Set<ServerResponse>(),
    revoke (entry: FeedEvents['revoked']) {
      feed.revoked.push(entry)
      feed.send('revoked', entry, `${feed.epoch}-${++feed.seq}`)
    },
    requireRefresh (entry: FeedEvents['refresh_required']) {
      feed.required.push(entry)
      feed.send('refresh_required', entry, `${feed.epoch}-${++feed.seq}`)
    },
    publishKeys () { feed.send('keys', feedKeys(), `${feed.epoch}-${++feed.seq}`) },
    sendHeartbeat () { feed.send('heartbeat', { as_of: feed.asOf().toISOString() }, cursor()) },
    send (name: string, data: unknown, id: string) {
      for (const stream of feed.streams) stream.write(formatEvent(name, data, id))
    },
    disconnectAll () {
      for (const stream of feed.streams) stream.destroy()
    },
    endAll () {
      for (const stream of feed.streams) stream.end()
    },
    answer
  }
  return feed

  function answer (request: IncomingMessage, response: ServerResponse): void {
    const { authorization, accept, 'last-event-id': lastEventId, 'if-none-match': tag } = request.headers
    if (!feed.tokens.some((token) => authorization === `Bearer ${token}`)) response.writeHead(401).end()
    else if (accept === 'text/event-stream' && feed.streaming) openStream(response, lastEventId)
    else if (tag === `W/"${cursor()}"`) response.writeHead(304, { [AS_OF_HEADER]: feed.asOf().toISOString(), etag: tag }).end()
    else sendJson(response, { ...state(), cursor: cursor() }, { etag: `W/"${cursor()}"`, [AS_OF_HEADER]: feed.asOf().toISOString() })
  }

  function openStream (response: ServerResponse, lastEventId: unknown): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    feed.streams.add(response)
    response.on('close', () => feed.streams.delete(response))
    // It has no event log: any other cursor gets a snapshot.
    if (lastEventId === cursor()) response.write(formatEvent('heartbeat', { as_of: feed.asOf().toISOString() }, cursor()))
    else response.write(formatEvent('snapshot', { ...state(), last: true }, cursor()))
  }

  function state () {
    return { as_of: feed.asOf().toISOString(), revoked: feed.revoked, refresh_required: feed.required, keys: feedKeys() }
  }

  function feedKeys () {
    return { jwks: { keys: keys() }, revoked: feed.revokedKids }
  }

  function cursor (): string {
    return `${feed.epoch}-${feed.seq}`
  }
}

export function formatEvent (name: string, data: unknown, id: string): string {
  return `id: ${id}\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}

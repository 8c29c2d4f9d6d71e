// What stands in front of the service for the world, and loses some of its answers after they were given.
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Test } from 'tap'

export interface LossyProxy {
  /** Whether to lose an answer to a page: asked after the service has given it. */
  loses: () => boolean
  /** Turns the body of an answer to a refresh that goes through. */
  dress: (body: string) => string
  /** How many refreshes were answered so, whether or not that was heard. */
  readonly refreshes: Map<number, number>
  readonly count: { answers: number, lost: number, lostRefreshes: number }
}

/** Listens on a port for a service on another one. */
export async function startLossyProxy (t: Test, { port, target }: { port: number, target: number }): Promise<LossyProxy> {
  const proxy: LossyProxy = {
    loses: () => false, dress: (body) => body, refreshes: new Map(), count: { answers: 0, lost: 0, lostRefreshes: 0 }
  }
  const server = createServer((incoming, outgoing) => {
    const upstream = ask(
      { host: 'localhost', port: target, method: incoming.method, path: incoming.url, headers: incoming.headers },
      (answer) => onAnswer(incoming, answer, outgoing)
    )
    upstream.on('error', () => outgoing.destroy())
    outgoing.on('close', () => upstream.destroy())
    incoming.pipe(upstream)
  })
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return proxy

  function onAnswer (incoming: IncomingMessage, answer: IncomingMessage, outgoing: ServerResponse): void {
    const status = answer.statusCode ?? 500
    // What a page asks of another origin says so; the page's own server asks, too.
    if (incoming.headers.origin === undefined) {
      outgoing.writeHead(status, answer.headers)
      answer.pipe(outgoing)
      return
    }
    const isRefresh = incoming.method === 'POST' && incoming.url === '/auth/refresh'
    let body = ''
    answer.setEncoding('utf8').on('data', (text) => { body += text }).on('end', () => {
      if (isRefresh) proxy.refreshes.set(status, (proxy.refreshes.get(status) ?? 0) + 1)
      proxy.count.answers++
      if (proxy.loses()) {
        proxy.count.lost++
        if (isRefresh) proxy.count.lostRefreshes++
        outgoing.destroy()
        return
      }
      const dressed = isRefresh ? proxy.dress(body) : body
      // On a connection that is used again, a browser would ask once more by itself.
      outgoing.writeHead(status, {
        ...answer.headers, connection: 'close', ...(body !== '' && { 'content-length': Buffer.byteLength(dressed) })
      })
      outgoing.end(dressed)
    })
  }
}

/** What the hook needs of Fastify's reply. */
interface Reply {
  header (name: string, value: string): unknown
}

/** A Fastify `onRequest` hook for routes whose responses hold tokens or personal data: no cache may store them (RFC 9111 5.2.2.5). */
export function noStore (_request: unknown, reply: Reply, done: () => void): void {
  reply.header('cache-control', 'no-store')
  done()
}

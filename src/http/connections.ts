import type { Socket } from 'node:net'
import { compile } from '@fastify/proxy-addr'
import { addressGroup } from '../network-prefix.ts'

export interface ConnectionLimits {
  /** Of all clients. */
  max: number
  /** Of an IPv4 address, or an IPv6 /64. */
  maxPerAddress: number
  /** Addresses or CIDR blocks without a limit of their own: those of proxies, which come for many. */
  trustProxy: readonly string[] | false
}

/** Counts the open connections of each address. */
export interface Connections {
  /** Counts one in until it is closed; false where its address has as many as it may. */
  admit (socket: Socket): boolean
  /** How many addresses are known, each with a connection that is open. */
  readonly size: number
}

export function createConnections ({ maxPerAddress, trustProxy }: Omit<ConnectionLimits, 'max'>): Connections {
  const open = new Map<string, number>()
  const isProxy = trustProxy === false ? () => false : compile([...trustProxy])
  return { admit, get size () { return open.size } }

  function admit (socket: Socket): boolean {
    const { remoteAddress } = socket
    // Gone already, or no address at all, as on a Unix socket.
    if (remoteAddress === undefined || isProxy(remoteAddress, 0)) return true
    const group = addressGroup(remoteAddress)
    const count = open.get(group) ?? 0
    if (count >= maxPerAddress) return false
    open.set(group, count + 1)
    socket.once('close', () => leave(group))
    return true
  }

  function leave (group: string): void {
    const count = open.get(group) ?? 0
    if (count > 1) open.set(group, count - 1)
    else open.delete(group)
  }
}

interface RefusalLog {
  warn (details: object, sentence: string): void
}

const SENTENCES = {
  address: 'connections were refused, for their address has as many as it may; if it is that of your proxy, TRUST_PROXY should list it',
  full: 'connections were refused, for there are as many as there may be'
} as const

export type RefusalReason = keyof typeof SENTENCES

/**
 * Says that connections are refused, once for all within a while.
 *
 * @returns is told of each: why, and by what address, of which the last is named
 */
export function createRefusalNotice (log: RefusalLog, everyMs = 60_000): (reason: RefusalReason, ip: string | undefined) => void {
  const counts = { address: 0, full: 0 }
  const latest: Record<RefusalReason, string | undefined> = { address: undefined, full: undefined }
  let isSilent = false

  return function note (reason, ip) {
    counts[reason]++
    latest[reason] = ip
    if (!isSilent) say()
  }

  function say (): void {
    isSilent = false
    for (const reason of ['address', 'full'] as const) {
      if (counts[reason] === 0) continue
      log.warn({ event: 'connections_refused', reason, count: counts[reason], ip: latest[reason] }, SENTENCES[reason])
      counts[reason] = 0
      isSilent = true
    }
    if (isSilent) setTimeout(say, everyMs).unref()
  }
}

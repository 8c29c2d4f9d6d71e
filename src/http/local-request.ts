import type { FastifyRequest } from 'fastify'
import { isLoopback } from '../contract/index.ts'

/** What proxies and tunnels add. */
const FORWARDING_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']

/**
 * Whether a program of this machine sent a request to this machine. A page whose name was made to lead here (DNS rebinding) has its own
 * name in Host; what a proxy passes on may be from anywhere.
 */
export function isSentByThisMachine ({ headers, socket }: Pick<FastifyRequest, 'headers' | 'socket'>): boolean {
  const isNamed = isLoopback((headers.host ?? '').toLowerCase().replace(/:\d+$/, ''))
  return isNamed && !FORWARDING_HEADERS.some((name) => headers[name] !== undefined) && isLoopbackAddress(socket.remoteAddress)
}

function isLoopbackAddress (address: string | undefined): boolean {
  return address !== undefined && /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/.test(address)
}

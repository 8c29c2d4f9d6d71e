import { isIPv4, isIPv6 } from 'node:net'

// Some proxies write a port, brackets around an IPv6 address, or a zone index (RFC 4007 11).
const ADDRESS = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+|([^%]+)(?:%.*)?)$/

/**
 * Reduces an address to the part that its owner cannot choose: one IPv6 customer has at least a /64.
 *
 * @param ip the client's, if it is known
 * @returns an IPv4 address, also for one mapped into IPv6 (RFC 4291 2.5.5.2); the /64 prefix of another IPv6 address; `unknown` otherwise
 */
export function networkPrefix (ip: string | null): string {
  const [, bracketed, withPort, plain] = ADDRESS.exec(ip ?? '') ?? []
  const address = bracketed ?? withPort ?? plain ?? ''
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return 'unknown'
  const groups = parseIpv6(address)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped) return groups.slice(6).flatMap((group) => [group >> 8, group & 255]).join('.')
  return `${groups.slice(0, 4).map((group) => group.toString(16)).join(':')}::/64`
}

/** The eight 16-bit groups of an IPv6 address. */
function parseIpv6 (address: string): number[] {
  const [before = '', after] = address.split('::')
  const [left, right] = [parseGroups(before), parseGroups(after ?? '')]
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

function parseGroups (text: string): number[] {
  return text === '' ? [] : text.split(':').flatMap((group) => group.includes('.') ? parseIpv4(group) : parseInt(group, 16))
}

function parseIpv4 (text: string): [number, number] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

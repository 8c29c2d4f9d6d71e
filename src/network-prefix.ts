import { isIPv4, isIPv6 } from 'node:net'

// As some proxies write it: with a port, an IPv6 address in brackets, or with the name of an interface.
const WRITTEN = /^(?:\[([^\]]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+|([^%]+)(?:%.*)?)$/

/**
 * Reduces an address to what its holder cannot choose: whoever has an IPv6 network has all of its /64.
 *
 * @param ip of the client, as far as it is known
 * @returns an IPv4 address as it is, also one that is mapped into IPv6 (RFC 4291 2.5.5.2); of another IPv6 address the first
 *   64 bits; of anything else one and the same group
 */
export function networkPrefix (ip: string | null): string {
  const [, bracketed, withPort, plain] = WRITTEN.exec(ip ?? '') ?? []
  const address = bracketed ?? withPort ?? plain ?? ''
  if (isIPv4(address)) return address
  if (!isIPv6(address)) return 'unknown'
  const words = parseIpv6(address)
  const isMapped = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff
  return isMapped ? words.slice(6).flatMap((word) => [word >> 8, word & 255]).join('.') : `${words.slice(0, 4).map((word) => word.toString(16)).join(':')}::/64`
}

/** The eight words of an IPv6 address. */
function parseIpv6 (address: string): number[] {
  const [before = '', after] = address.split('::')
  const [left, right] = [parseGroups(before), parseGroups(after ?? '')]
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

function parseGroups (text: string): number[] {
  return text === '' ? [] : text.split(':').flatMap((word) => word.includes('.') ? parseIpv4(word) : parseInt(word, 16))
}

function parseIpv4 (text: string): [number, number] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}

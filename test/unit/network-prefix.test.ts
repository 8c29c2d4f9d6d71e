import fc from 'fast-check'
import t from 'tap'
import { networkPrefix } from '../../src/network-prefix.ts'

t.test('AB5: addresses are grouped by the part that their owner cannot choose', async (t) => {
  const table: Array<[name: string, ip: string | null, group: string]> = [
    ['IPv4', '192.0.2.1', '192.0.2.1'],
    ['IPv4 mapped into IPv6', '::ffff:192.0.2.1', '192.0.2.1'],
    ['mapped, in hexadecimal', '::ffff:c000:201', '192.0.2.1'],
    ['mapped, in full and in capitals', '0000:0000:0000:0000:0000:FFFF:C000:0201', '192.0.2.1'],
    ['with a port, as some proxies write it', '192.0.2.1:50123', '192.0.2.1'],
    ['mapped, with a port', '[::ffff:192.0.2.1]:443', '192.0.2.1'],
    ['IPv6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['IPv6 in short', '2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['IPv6 in full and in capitals', '2001:0DB8:0001:0002:0000:0000:0000:0001', '2001:db8:1:2::/64'],
    ['a gap in the first half', '2001::2:0:0:0:1', '2001:0:0:2::/64'],
    ['IPv6 with a port', '[2001:db8:1:2::9]:50123', '2001:db8:1:2::/64'],
    ['IPv6 of an interface', 'fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['loopback', '::1', '0:0:0:0::/64'],
    ['ends like a mapped one, and is none', '2001:db8::ffff:c000:201', '2001:db8:0:0::/64'],
    ['nothing', '', 'unknown'],
    ['not known', null, 'unknown'],
    ['no address', 'unknown', 'unknown'],
    ['no address either', '_hidden, 192.0.2.1', 'unknown'],
    ['too many numbers', '192.0.2.1.5', 'unknown']
  ]
  for (const [name, ip, group] of table) t.equal(networkPrefix(ip), group, name)
})

t.test('AB5: all addresses of a /64 have one prefix, and two networks have two', async () => {
  fc.assert(fc.property(fc.ipV6(), fc.ipV6(), (one, other) => {
    const isSameNetwork = toNetwork(one) === toNetwork(other)
    return (networkPrefix(one) === networkPrefix(other)) === isSameNetwork
  }), { numRuns: 2000 })
  fc.assert(fc.property(fc.ipV6(), fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 4, maxLength: 4 }), (address, host) => {
    const network = expandIpv6(address).slice(0, 4)
    fc.pre(network.some((word) => word !== '0'))
    return networkPrefix([...network, ...host.map((word) => word.toString(16))].join(':')) === networkPrefix(address)
  }), { numRuns: 2000 })
})

t.test('all spellings of an IPv4 address have one prefix', async () => {
  fc.assert(fc.property(fc.ipV4(), (address) => networkPrefix(address) === address && networkPrefix(`::ffff:${address}`) === address), {
    numRuns: 1000
  })
})

t.test('any text has a prefix', async () => {
  fc.assert(fc.property(fc.string(), (text) => typeof networkPrefix(text) === 'string'), { numRuns: 1000 })
})

/** With the parser of URL. */
function expandIpv6 (address: string): string[] {
  const [before = '', after] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const [left, right] = [before, after ?? ''].map((half) => half === '' ? [] : half.split(':'))
  return [...left ?? [], ...Array<string>(8 - (left?.length ?? 0) - (right?.length ?? 0)).fill('0'), ...right ?? []]
}

function toNetwork (address: string): string {
  const words = expandIpv6(address)
  const isMapped = words.slice(0, 6).join(':') === '0:0:0:0:0:ffff'
  return words.slice(0, isMapped ? 8 : 4).join(':')
}

import t from 'tap'
import { createHeaderCache, parseHeader } from '../../../src/verify/header.ts'
import { segment } from '../edge/minting.ts'

const GOOD = { alg: 'ES256', kid: 'key-1', typ: 'at+jwt' }

t.test('VF4, VF17: a header is an algorithm, a key and a type, and nothing else', async (t) => {
  const parse = parseHeader
  for (const header of [GOOD, { typ: 'at+jwt', kid: 'key-1', alg: 'ES256' }, { ...GOOD, typ: 'application/AT+JWT' }]) {
    t.strictSame(parse(segment(header)), { alg: 'ES256', kid: 'key-1' })
  }
  const bad: unknown[] = [{ ...GOOD, jku: 'x' }, { ...GOOD, crit: [] }, { alg: 'ES256', kid: 'key-1' }, { ...GOOD, kid: 1 }, { ...GOOD, typ: 'JWT' }, [GOOD], null, 'header', ' {}', '']
  for (const header of bad) {
    t.equal(parse(segment(header)), undefined, JSON.stringify(header))
    t.equal(parse(segment(header)), undefined, 'and so the second time')
  }
  for (const text of ['', '=', '.', `${segment(GOOD)}=`, `${segment(GOOD)} `]) t.equal(parse(text), undefined, text)
})

t.test('a header of a good token is parsed once, whatever flood of others comes in between', async (t) => {
  const { parse, keep } = createHeaderCache()
  const known = segment(GOOD)
  const header = parse(known)
  if (header !== undefined) keep(known, header)
  t.equal(parse(known), header)
  for (let index = 0; index < 1000; index++) t.equal(parse(segment({ ...GOOD, kid: `${index}` }))?.kid, `${index}`)
  t.equal(parse(known), header, 'the very same')
  t.not(parse(segment({ ...GOOD, kid: '1' })), parse(segment({ ...GOOD, kid: '1' })), 'of the others nothing is kept')
})

t.test('headers of keys that have been replaced do not pile up, and one in use is kept again', async (t) => {
  const { parse, keep } = createHeaderCache()
  const segments = Array.from({ length: 1000 }, (_, index) => segment({ ...GOOD, kid: `${index}` }))
  const show = (text: string) => {
    const header = parse(text)
    if (header !== undefined) keep(text, header)
    return header
  }
  for (const text of segments) show(text)
  const first = segments.map(parse)
  t.ok(segments.filter((text, index) => parse(text) === first[index]).length <= 64)
  t.equal(show(segments[0] ?? ''), show(segments[0] ?? ''))
})

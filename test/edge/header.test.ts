import t from 'tap'
import { createHeaderParser } from '../../src/edge/header.ts'
import { segment } from './minting.ts'

const GOOD = { alg: 'ES256', kid: 'key-1', typ: 'at+jwt' }

t.test('a header is an algorithm, a key and a type, and nothing else', async (t) => {
  const parse = createHeaderParser()
  for (const header of [GOOD, { typ: 'at+jwt', kid: 'key-1', alg: 'ES256' }, { ...GOOD, typ: 'application/AT+JWT' }]) {
    t.strictSame(parse(segment(header)), { alg: 'ES256', kid: 'key-1' })
    t.equal(parse(segment(header)), parse(segment(header)), 'parsed once')
  }
  const bad: unknown[] = [{ ...GOOD, jku: 'x' }, { ...GOOD, crit: [] }, { alg: 'ES256', kid: 'key-1' }, { ...GOOD, kid: 1 }, { ...GOOD, typ: 'JWT' }, [GOOD], null, 'header', ' {}', '']
  for (const header of bad) {
    t.equal(parse(segment(header)), undefined, JSON.stringify(header))
    t.equal(parse(segment(header)), undefined, 'and so the second time')
  }
  for (const text of ['', '=', '.', `${segment(GOOD)}=`, `${segment(GOOD)} `]) t.equal(parse(text), undefined, text)
})

t.test('a flood of headers, all of them well-formed, is parsed and forgotten', async (t) => {
  const parse = createHeaderParser()
  const first = segment({ ...GOOD, kid: 'first' })
  const before = parse(first)
  for (let index = 0; index < 1000; index++) t.equal(parse(segment({ ...GOOD, kid: `${index}` }))?.kid, `${index}`)
  t.strictSame(parse(first), before)
  t.not(parse(first), before, 'it was forgotten in between')
})

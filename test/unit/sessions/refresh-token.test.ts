import { randomBytes, randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { REFRESH_TOKEN_LENGTH, formatRefreshToken, parseRefreshToken } from '../../../src/sessions/refresh-token.ts'

const key = (id: string) => ({ id, key: randomBytes(32) })
const first = key('first')
const second = key('second')
const generations = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })

t.test('a token says what was written into it', async () => {
  fc.assert(fc.property(fc.uuid(), generations, (sessionId, generation) => {
    const token = formatRefreshToken({ sessionId, generation }, [first])
    return isDeepStrictEqual(parseRefreshToken(token, [first]), { sessionId, generation })
  }))
})

t.test('the first key signs and every key verifies', async (t) => {
  const said = { sessionId: randomUUID(), generation: 7 }
  const old = formatRefreshToken(said, [first])
  t.equal(formatRefreshToken(said, [first, second]), old, 'on every instance with the same first key it is the same token')
  t.not(formatRefreshToken(said, [second, first]), old)
  t.strictSame(parseRefreshToken(old, [second, first]), said)
  t.equal(parseRefreshToken(old, [second]), undefined)
  t.equal(parseRefreshToken(old, []), undefined)
  t.throws(() => formatRefreshToken(said, []), TypeError)
})

t.test('TF9, TF12: a token is opaque: no dots, no UUID, of one length, and another one for each session', async (t) => {
  const tokens = Array.from({ length: 10_000 }, () => formatRefreshToken({ sessionId: randomUUID(), generation: 1 }, [first]))
  t.strictSame(tokens.filter((token) => !/^[A-Za-z0-9_-]+$/.test(token) || token.length !== REFRESH_TOKEN_LENGTH), [])
  t.equal(new Set(tokens).size, 10_000)
})

t.test('VF29, RS17: one changed bit, anywhere, is a forgery', async (t) => {
  const token = formatRefreshToken({ sessionId: randomUUID(), generation: 1 }, [first])
  const bytes = Buffer.from(token, 'base64url')
  t.ok(bytes.length >= 32)
  const accepted: number[] = []
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const forged = Buffer.from(bytes)
    forged.writeUInt8(forged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    if (parseRefreshToken(forged.toString('base64url'), [first]) !== undefined) accepted.push(bit)
  }
  t.strictSame(accepted, [])
})

t.test('only the spelling that was handed out is accepted', async (t) => {
  let token = ''
  while (!token.includes('-') || !token.includes('_')) token = formatRefreshToken({ sessionId: randomUUID(), generation: 1 }, [first])
  const variants = {
    empty: '',
    'other alphabet': token.replaceAll('-', '+').replaceAll('_', '/'),
    padded: `${token}==`,
    'space after': `${token} `,
    'newline inside': `${token.slice(0, -1)}\n`,
    'one letter short': token.slice(0, -1),
    'one letter long': `${token}A`,
    'foreign letters skipped by the decoder': `${token.slice(0, 10)}!${token.slice(11)}`,
    'a JWT': `${token}.${token}.${token}`,
    'beyond ASCII': `${token.slice(0, -1)}é`
  }
  for (const [name, variant] of Object.entries(variants)) t.equal(parseRefreshToken(variant, [first]), undefined, name)
  t.ok(parseRefreshToken(token, [first]))
})

t.test('what is not a token is refused, whatever it is', async () => {
  fc.assert(fc.property(
    fc.string({ unit: 'binary', maxLength: 2 * REFRESH_TOKEN_LENGTH }), (text) => parseRefreshToken(text, [first]) === undefined
  ))
})

import t from 'tap'
import { findStep, toBase32, toHotp, toOtpauthUri } from '../../../src/factors/totp.ts'

const SECRET = Buffer.from('12345678901234567890')

t.test('RFC 4226 D: the codes of the first ten counters', async (t) => {
  const codes = [
    '755224', '287082', '359152', '969429', '338314', '254676', '287922', '162583', '399871', '520489'
  ]
  t.strictSame(codes.map((_code, counter) => toHotp(SECRET, counter)), codes)
})

t.test('MF1: RFC 6238 B: the codes of SHA-1, with eight digits', async (t) => {
  const vectors = [
    [59, '94287082'], [1111111109, '07081804'], [1111111111, '14050471'], [1234567890, '89005924'], [2000000000, '69279037'],
    [20000000000, '65353130']
  ] as const
  for (const [seconds, code] of vectors) t.equal(toHotp(SECRET, Math.floor(seconds / 30), 8), code)
})

t.test('a code is found within the drift, at the step nearest to now, and nowhere else', async (t) => {
  const step = 1000
  for (const distance of [-2, -1, 0, 1, 2]) {
    const found = findStep(SECRET, toHotp(SECRET, step + distance), { step, drift: 1 })
    t.equal(found, Math.abs(distance) > 1 ? undefined : step + distance, `${distance} steps`)
  }
  t.equal(findStep(SECRET, toHotp(SECRET, 0), { step: 0, drift: 1 }), 0, 'the first step of all')
  for (const code of ['', '75522', '7552240', 'abcdef', '７５５２２４']) t.equal(findStep(SECRET, code, { step: 0, drift: 1 }), undefined)
})

t.test('RFC 4648 10: base32, without padding', async (t) => {
  const vectors = [
    ['', ''], ['f', 'MY'], ['fo', 'MZXQ'], ['foo', 'MZXW6'], ['foob', 'MZXW6YQ'], ['fooba', 'MZXW6YTB'], ['foobar', 'MZXW6YTBOI']
  ] as const
  for (const [text, base32] of vectors) t.equal(toBase32(Buffer.from(text)), base32)
})

t.test('the address for authenticator apps names the service and the account', async (t) => {
  const uri = toOtpauthUri(SECRET, { issuer: 'Acme: Billing & Co', account: 'ada+x@example.com' })
  t.equal(uri, 'otpauth://totp/Acme%20%20Billing%20%26%20Co:ada%2Bx%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' +
    '&issuer=Acme%20%20Billing%20%26%20Co&algorithm=SHA1&digits=6&period=30')
})

import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createRecoveryCodes, toRecoveryCodeDigest } from '../../../src/factors/recovery-codes.ts'

const USER = '01920000-0000-7000-8000-000000000001'

t.test('MF4: ten codes of 25 letters in fives, none of them twice', async (t) => {
  const codes = createRecoveryCodes(USER)
  t.equal(new Set(codes.map(({ code }) => code)).size, 10)
  for (const { code, digest } of codes) {
    t.match(code, /^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/)
    t.equal(digest.length, 32)
    t.strictSame(toRecoveryCodeDigest(USER, code), digest)
  }
})

t.test('a code is read as people type it', async (t) => {
  const digest = toRecoveryCodeDigest(USER, '01234-56789-ABCDE-FGH01-11XYZ')
  t.not(digest, undefined)
  const spellings = [
    '0123456789abcdefgh0111xyz', ' 01234 56789 ABCDE FGH01 11XYZ\n', 'O1234-56789-ABCDE-FGHoI-lLXYZ', '01234–56789‑abcde—fgh0i-1lxyz'
  ]
  for (const spelling of spellings) t.strictSame(toRecoveryCodeDigest(USER, spelling), digest, spelling)
})

t.test('any other text is no code', async (t) => {
  const texts = [
    '', '01234', '01234-56789-ABCDE-FGH01-11XY', '01234-56789-ABCDE-FGH01-11XYZ0', 'U1234-56789-ABCDE-FGH01-11XYZ',
    '٠1234-56789-ABCDE-FGH01-11XYZ'
  ]
  for (const text of texts) t.equal(toRecoveryCodeDigest(USER, text), undefined, text)
})

t.test('the digest of a code is that of its user', async (t) => {
  const code = '01234-56789-ABCDE-FGH01-11XYZ'
  t.notSame(toRecoveryCodeDigest(USER, code), toRecoveryCodeDigest(randomUUID(), code))
})

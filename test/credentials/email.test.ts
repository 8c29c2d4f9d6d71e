import fc from 'fast-check'
import t from 'tap'
import { emailKey, parseEmail } from '../../src/credentials/index.ts'
import { InvalidRequestError } from '../../src/errors.ts'
import { isInTime } from '../support/patience.ts'

t.test('case, white space and compatibility forms make one account', async (t) => {
  const variants = [
    'ada@example.com', 'Ada@Example.COM', 'ADA@EXAMPLE.COM', ' ada@example.com', 'ada@example.com ', '\tada@example.com\n', '\u00a0ada@example.com\u3000',
    'ａｄａ@example.com', 'ada＠example.com', 'ada@ｅｘａｍｐｌｅ.com', 'ⓐⓓⓐ@example.com', '𝐚𝐝𝐚@example.com', 'ᵃᵈᵃ@example.com', '\ufeffada@example.com'
  ]
  for (const variant of variants) {
    t.equal(emailKey(variant), 'ada@example.com', JSON.stringify(variant))
    t.equal(parseEmail(variant).key, 'ada@example.com')
  }
  t.equal(emailKey('jose\u0301@example.com'), emailKey('josé@example.com'))
})

t.test('what people tell apart makes two accounts', async (t) => {
  const others = ['ada+list@example.com', 'a.da@example.com', 'ada@example.org', 'adá@example.com', 'аda@example.com']
  t.equal(new Set(['ada@example.com', ...others].map(emailKey)).size, others.length + 1)
})

t.test('a key is its own key', async () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => emailKey(emailKey(text)) === emailKey(text)), { numRuns: 2000 })
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => emailKey(emailKey(text)) === emailKey(text)), { numRuns: 5000 })
})

t.test('an e-mail is kept as its user wrote it', async (t) => {
  t.strictSame(parseEmail('  Ada.Lovelace@Example.com '), { written: 'Ada.Lovelace@Example.com', key: 'ada.lovelace@example.com' })
})

t.test('e-mails of many kinds are taken', async (t) => {
  const taken = [
    'a@b.co', 'admin@localhost.localdomain', 'first.last+tag@sub.example.com', "o'brien@example.ie", 'x_y-z@a-b.example', '用户@例子.中国', 'josé@exämple.de',
    'अजय@डाटा.भारत', '1@2.3', `${'l'.repeat(64)}@example.com`, `a@${'d'.repeat(63)}.com`
  ]
  for (const email of taken) t.equal(parseEmail(email).written, email)
})

t.test('what is no e-mail is refused, quickly', async (t) => {
  const refused = [
    '', ' ', 'ada', 'ada@', '@example.com', 'ada@example', 'ada@@example.com', 'a@b@example.com', 'a b@example.com', 'ada@exa mple.com', 'ada@.com', 'ada@example.',
    'ada@example..com', 'ada@-example.com', 'ada@example-.com', 'ada@exa_mple.com', '"ada"@example.com', 'ada@[127.0.0.1]', 'Ada <ada@example.com>', 'a,b@example.com', 'ada\0@example.com',
    'ada\r\nbcc:eve@example.com', 'ada\u200b@example.com', 'ada\u202e@example.com', 'ad\ud800a@example.com', 'ada@exam\u00adple.com', `${'l'.repeat(65)}@example.com`,
    `a@${'d'.repeat(64)}.com`, `ada@${'example.'.repeat(40)}com`, `${'ﷺ'.repeat(30)}@example.com`, `a@${'a.'.repeat(50_000)}`, `${'a'.repeat(100_000)}@`
  ]
  const startedAt = performance.now()
  for (const email of refused) t.throws(() => parseEmail(email), InvalidRequestError, JSON.stringify(email.slice(0, 40)))
  t.ok(isInTime(performance.now() - startedAt, 2000))
  try {
    parseEmail('ada')
  } catch (error) {
    t.match(error, { errors: [{ path: '/email', message: 'must be an e-mail address' }] })
  }
})

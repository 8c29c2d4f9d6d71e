import t from 'tap'
import { assertStrongPassword } from '../../../src/passwords/policy.ts'
import { InvalidRequestError, WeakPasswordError } from '../../../src/errors.ts'

const options = { minLength: 8, email: 'Ada.Lovelace@analytical.example' }

function reasonOf (password: string, overrides = {}): unknown {
  try {
    assertStrongPassword(password, { ...options, ...overrides })
    return undefined
  } catch (error) {
    if (error instanceof WeakPasswordError) return error.errors
    throw error
  }
}

t.test('PW1, PW2: a password is long enough or not by its code points', async (t) => {
  const short = [{ path: '/password', message: 'must have at least 8 characters' }]
  t.strictSame(reasonOf('kqzvwxj'), short)
  t.equal(reasonOf('kqzvwxjy'), undefined)
  t.strictSame(reasonOf('😀'.repeat(7)), short)
  t.equal(reasonOf('😀'.repeat(8)), undefined)
  t.strictSame(reasonOf('😀'.repeat(14), { minLength: 15 }), [{ path: '/password', message: 'must have at least 15 characters' }])
  t.equal(reasonOf('😀'.repeat(15), { minLength: 15 }), undefined)
  t.equal(reasonOf('x'.repeat(256)), undefined)
  t.equal(reasonOf('😀'.repeat(256)), undefined)
  t.strictSame(reasonOf('x'.repeat(257)), [{ path: '/password', message: 'must have at most 256 characters' }])
})

t.test('a password is measured as it will be hashed', async (t) => {
  const short = [{ path: '/password', message: 'must have at least 8 characters' }]
  t.strictSame(reasonOf('éöüáéöü'.normalize('NFD')), short)
  t.equal(reasonOf('éöüáéöüá'.normalize('NFD')), undefined)
  t.equal(reasonOf('각'.repeat(256).normalize('NFD')), undefined)
  t.equal(reasonOf('\u1f82'.repeat(256).normalize('NFD')), undefined)
  t.strictSame(reasonOf('각'.repeat(257).normalize('NFD')), [{ path: '/password', message: 'must have at most 256 characters' }])
  t.strictSame(reasonOf('josé.garçon'.normalize('NFD'), { email: 'josé.garçon@example.com' }), [{ path: '/password', message: 'is too easy to guess' }])
})

t.test('PW3: no rule of composition', async (t) => {
  for (const password of ['qjxkvbzpwmfhgyt', '        ', 'ППППППППП', '83917460251', 'correct horse battery staple', ' trimmed? ']) t.equal(reasonOf(password), undefined, password)
})

t.test('PW6: a common password is refused, in whatever case', async (t) => {
  const common = ['password', 'PassWord', '12345678', 'password123', 'qwertyuiop', 'iloveyou', 'sunshine', '1q2w3e4r5t', 'Football', 'p@ssw0rd', 'trustno1', 'welcome1', 'letmein123']
  for (const password of common) t.strictSame(reasonOf(password), [{ path: '/password', message: 'is one of the most common passwords' }], password)
  t.equal(reasonOf('password password'), undefined, 'as a whole only')
})

t.test('PW6: the service, and what the e-mail says, are refused', async (t) => {
  const guessed = [{ path: '/password', message: 'is too easy to guess' }]
  for (const password of ['gatepass', 'GatePass', 'ada.lovelace', 'ADA.LOVELACE', 'Ada.Lovelace@analytical.example', 'ａda.lovelace', 'analytical.example', ' gatepass ']) {
    t.strictSame(reasonOf(password), guessed, password)
  }
  for (const password of ['exämple.de', 'EXÄMPLE.DE', 'xn--exmple-cua.de', 'σοφία.σς', 'ΣΟΦΊΑ.ΣΣ', 'σοφία.σς@exämple.de', 'ΣΟΦΊΑ.ΣΣ@xn--exmple-cua.de']) {
    t.strictSame(reasonOf(password, { email: 'Σοφία.σς@exämple.de' }), guessed, password)
  }
  t.equal(reasonOf('my gatepass is long'), undefined)
})

t.test('the reason names the member, and nothing else of the request', async (t) => {
  t.strictSame(reasonOf('short', { path: '/new_password' }), [{ path: '/new_password', message: 'must have at least 8 characters' }])
})

t.test('text that cannot be hashed as it is, is malformed rather than weak', async (t) => {
  for (const password of ['long enough\0', '\ud800 long enough', 'long enough \udc00', '']) t.throws(() => assertStrongPassword(password, options), InvalidRequestError)
})

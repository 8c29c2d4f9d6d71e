import t from 'tap'
import { assertStrongPassword } from '../../../src/passwords/policy.ts'
import { InvalidRequestError, WeakPasswordError } from '../../../src/errors.ts'

const options = { minLength: 8, isPredictable: () => false }

function findReason (password: string, overrides = {}): unknown {
  try {
    assertStrongPassword(password, { ...options, ...overrides })
    return undefined
  } catch (error) {
    if (error instanceof WeakPasswordError) return error.errors
    throw error
  }
}

t.test('PW1, PW2: the length of a password is counted in code points', async (t) => {
  const short = [{ path: '/password', message: 'must have at least 8 characters' }]
  t.strictSame(findReason('kqzvwxj'), short)
  t.equal(findReason('kqzvwxjy'), undefined)
  t.strictSame(findReason('😀'.repeat(7)), short)
  t.equal(findReason('😀'.repeat(8)), undefined)
  t.strictSame(findReason('😀'.repeat(14), { minLength: 15 }), [{ path: '/password', message: 'must have at least 15 characters' }])
  t.equal(findReason('😀'.repeat(15), { minLength: 15 }), undefined)
  t.equal(findReason('x'.repeat(256)), undefined)
  t.equal(findReason('😀'.repeat(256)), undefined)
  t.strictSame(findReason('x'.repeat(257)), [{ path: '/password', message: 'must have at most 256 characters' }])
})

t.test('the prepared password is measured', async (t) => {
  const short = [{ path: '/password', message: 'must have at least 8 characters' }]
  t.strictSame(findReason('éöüáéöü'.normalize('NFD')), short)
  t.equal(findReason('éöüáéöüá'.normalize('NFD')), undefined)
  t.equal(findReason('각'.repeat(256).normalize('NFD')), undefined)
  t.equal(findReason('\u1f82'.repeat(256).normalize('NFD')), undefined)
  t.strictSame(findReason('각'.repeat(257).normalize('NFD')), [{ path: '/password', message: 'must have at most 256 characters' }])
  const isPredictable = (password: string) => password === 'josé.garçon'
  t.strictSame(findReason('josé.garçon'.normalize('NFD'), { isPredictable }), [{ path: '/password', message: 'is too easy to guess' }])
})

t.test('PW3: there are no composition rules', async (t) => {
  for (const password of ['qjxkvbzpwmfhgyt', '        ', 'ППППППППП', '83917460251', 'correct horse battery staple', ' trimmed? ']) {
    t.equal(findReason(password), undefined, password)
  }
})

t.test('the reason names the member of the request, and nothing else', async (t) => {
  t.strictSame(findReason('short', { path: '/new_password' }), [{ path: '/new_password', message: 'must have at least 8 characters' }])
})

t.test('malformed text is an invalid request, not a weak password', async (t) => {
  for (const password of ['long enough\0', '\ud800 long enough', 'long enough \udc00', '']) {
    t.throws(() => assertStrongPassword(password, options), InvalidRequestError)
  }
})

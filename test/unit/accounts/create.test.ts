import t from 'tap'
import { assertAccountPassword } from '../../../src/accounts/create.ts'
import { WeakPasswordError } from '../../../src/errors.ts'

const GUESSED = { errors: [{ path: '/password', message: 'is too easy to guess' }] }

function check (password: string, email = 'Ada.Lovelace@analytical.example'): () => void {
  return () => assertAccountPassword(password, { minLength: 8, email })
}

t.test('PW6: the name of the service and the parts of the e-mail are refused, in any spelling', async (t) => {
  for (const password of [
    'gatepass', 'GatePass', 'ada.lovelace', 'ADA.LOVELACE', 'Ada.Lovelace@analytical.example', 'ａda.lovelace', 'analytical.example',
    ' gatepass '
  ]) {
    t.throws(check(password), GUESSED, password)
  }
  for (const password of [
    'exämple.de', 'EXÄMPLE.DE', 'xn--exmple-cua.de', 'σοφία.σς', 'ΣΟΦΊΑ.ΣΣ', 'σοφία.σς@exämple.de', 'ΣΟΦΊΑ.ΣΣ@xn--exmple-cua.de'
  ]) {
    t.throws(check(password, 'Σοφία.σς@exämple.de'), GUESSED, password)
  }
  t.throws(check('josé.garçon'.normalize('NFD'), 'josé.garçon@example.com'), GUESSED)
  t.doesNotThrow(check('my gatepass is long'))
})

t.test('the rules for any password hold, too', async (t) => {
  t.throws(check('password123'), WeakPasswordError)
  t.throws(check('short'), WeakPasswordError)
})

import t from 'tap'
import { isConflict, isDatabaseUnavailable, isInvalidText } from '../../../src/database/index.ts'
import { DatabaseUnavailableError, findSqlState } from '../../../src/database/failures.ts'

const withCode = (code: unknown) => Object.assign(new Error('made up'), { code })

t.test('F4, F6: what is the fault of the database, and not of the question', async (t) => {
  const unavailable: Array<[name: string, error: unknown]> = [
    ['no answer in time', new DatabaseUnavailableError('Query read timeout')],
    ['refused', withCode('ECONNREFUSED')],
    ['socket not there', withCode('ENOENT')],
    ['several addresses refused', new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNREFUSED')])],
    ['connection failure', withCode('08006')],
    ['too many connections', withCode('53300')],
    ['disk full', withCode('53100')],
    ['shutting down', withCode('57P01')],
    ['starting up', withCode('57P03')],
    ['statement timeout', withCode('57014')],
    ['read only', withCode('25006')],
    ['wrong password', withCode('28P01')],
    ['no such database', withCode('3D000')],
    ['I/O error', withCode('58030')]
  ]
  for (const [name, error] of unavailable) t.equal(isDatabaseUnavailable(error), true, name)
  const other: Array<[name: string, error: unknown]> = [
    ['unique violation', withCode('23505')],
    ['syntax', withCode('42601')],
    ['NUL in text', withCode('22021')],
    ['a bug', new TypeError('undefined is not a function')],
    ['another code', withCode('ERR_INVALID_ARG_TYPE')],
    ['a number', withCode(503)],
    ['no error', { code: '08006' }],
    ['nothing', undefined]
  ]
  for (const [name, error] of other) t.equal(isDatabaseUnavailable(error), false, name)
})

t.test('conflicts and text that no database can hold', async (t) => {
  for (const code of ['40P01', '40001']) t.equal(isConflict(withCode(code)), true, code)
  t.equal(isConflict(withCode('23505')), false)
  for (const code of ['22021', '22P05']) t.equal(isInvalidText(withCode(code)), true, code)
  t.equal(isInvalidText(withCode('22001')), false)
  t.equal(findSqlState(withCode('EPIPE')), undefined, 'an error of the system is no SQLSTATE, though it may have five letters')
})

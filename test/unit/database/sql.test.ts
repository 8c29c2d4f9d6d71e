import t from 'tap'
import { findStatementName, prepare } from '../../../src/database/sql.ts'

t.test('named parameters are numbered in order of appearance, and casts are left alone', async (t) => {
  const statement = prepare<unknown, { name: string, id: string }>('select :id::uuid, :name::text[], x::int from y where id = :id')
  const { sql, parameters } = statement({ name: 'ada', id: 'one' })
  t.equal(sql, 'select $1::uuid, $2::text[], x::int from y where id = $1')
  t.strictSame(parameters, ['one', 'ada'])
})

t.test('a statement that lacks a parameter is refused before it is sent', async (t) => {
  const statement = prepare<unknown, Record<string, string>>('select :id')
  t.throws(() => statement({ name: 'ada' }), { name: 'TypeError', message: /:id/ })
})

t.test('a prepared statement has a name that depends on its text alone', async (t) => {
  const [one, same, other] = ['select :id', 'select :id', 'select :id, 1'].map((text) =>
    prepare<unknown, { id: string }>(text)({ id: 'x' }).sql)
  t.match(findStatementName(one ?? ''), /^gatepass_[0-9a-f]{16}$/)
  t.equal(findStatementName(one ?? ''), findStatementName(same ?? ''))
  t.not(findStatementName(one ?? ''), findStatementName(other ?? ''))
  t.equal(findStatementName('select 1'), undefined)
})

// The roles of the database and the backup as the documents say, in the short form of `npm run ops -- least-role`.
import t from 'tap'
import { runScript } from '../support/process.ts'

t.test('the roles are made, and a backup is restored, as the documents say', async (t) => {
  t.setTimeout(300_000)
  const { code, output } = await runScript(['ops/index.js', 'least-role', '--quick'])
  const [skipped] = /^least-role: skipped.*$/m.exec(output) ?? []
  t.equal(code, 0, code === 0 ? 'it succeeds' : output)
  await t.test('every promise', { skip: skipped ?? false }, async (t) => t.match(output, 'least-role: everything held.'))
})

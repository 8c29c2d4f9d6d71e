// The service behind PgBouncer, in the short form of `npm run ops -- pgbouncer`.
import t from 'tap'
import { runScript } from '../support/process.ts'

t.test('behind PgBouncer, with the configuration of the documents, no write fails', async (t) => {
  t.setTimeout(300_000)
  const { code, output } = await runScript(['ops/index.js', 'pgbouncer', '--quick'])
  const [skipped] = /^pgbouncer: skipped.*$/m.exec(output) ?? []
  t.equal(code, 0, code === 0 ? 'it succeeds' : output)
  await t.test('every promise', { skip: skipped ?? false }, async (t) => t.match(output, 'pgbouncer: everything held.'))
})

// While Postgres is stopped behind both proxies, in the short form of `npm run ops -- health`.
import t from 'tap'
import { runScript } from '../support/process.ts'

t.test('while Postgres is stopped, what needs no database goes on behind HAProxy and nginx', async (t) => {
  t.setTimeout(300_000)
  const { code, output } = await runScript(['ops/index.js', 'health', '--quick'])
  const [skipped] = /^health: skipped.*$/m.exec(output) ?? []
  t.equal(code, 0, code === 0 ? 'it succeeds' : output)
  t.test('every promise', { skip: skipped ?? false }, async (t) => t.match(output, 'health: everything held.'))
})

// Rolling restarts behind both proxies, in the short form of `npm run ops -- rolling`.
import t from 'tap'
import { runScript } from '../support/process.ts'

t.test('AV7: rolling restarts behind HAProxy and nginx lose no request', async (t) => {
  t.setTimeout(300_000)
  const { code, output } = await runScript(['ops/index.js', 'rolling', '--quick'])
  const [skipped] = /^rolling: skipped.*$/m.exec(output) ?? []
  t.equal(code, 0, code === 0 ? 'it succeeds' : output)
  t.test('every promise', { skip: skipped ?? false }, async (t) => t.match(output, 'rolling: everything held.'))
})

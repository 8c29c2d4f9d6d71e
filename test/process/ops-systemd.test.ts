// The units in deploy/systemd, judged and started by systemd.
import t from 'tap'
import { runScript } from '../support/process.ts'

t.test('systemd finds nothing in the units, and starts the service as they confine it', async (t) => {
  t.setTimeout(300_000)
  const { code, output } = await runScript(['ops/index.js', 'systemd', '--quick'])
  t.equal(code, 0, code === 0 ? 'it succeeds' : output)
  const skipped = /^systemd: skipped.*$/m.exec(output)?.[0] ?? false
  t.test('judged', { skip: skipped }, async (t) => t.match(output, 'held: systemd-analyze security: the exposure of gatepass.service'))
  const notStarted = skipped || (/^The units were not started.*$/m.exec(output)?.[0] ?? false)
  t.test('started', { skip: notStarted }, async (t) => t.match(output, 'held: A killed service is started again, and is ready.'))
})

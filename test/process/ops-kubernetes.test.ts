// The manifests in deploy/kubernetes against the schemas and types of Kubernetes' objects.
import t from 'tap'
import { runScript } from '../support/process.ts'

t.test('the manifests fit the schemas of Kubernetes, and have no member that it does not know', async (t) => {
  t.setTimeout(300_000)
  const { code, output } = await runScript(['ops/index.js', 'kubernetes', '--quick'])
  t.equal(code, 0, code === 0 ? 'it succeeds' : output)
  const skip = /^kubernetes: skipped.*$/m.exec(output)?.[0] ?? false
  t.test('checked', { skip }, async (t) => t.match(output, 'held: Deployment gatepass fits the schema of apps/v1.'))
})

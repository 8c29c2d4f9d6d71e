// The image that the Dockerfile makes: what it contains, and that the service runs in it.
import t from 'tap'
import { runScript } from '../support/process.ts'

t.test('the service runs with the files of the image, confined as in compose.yaml', async (t) => {
  t.setTimeout(300_000)
  const { code, output } = await runScript(['ops/index.js', 'image', '--quick'])
  t.equal(code, 0, code === 0 ? 'it succeeds' : output)
  const skip = /^image: skipped.*$/m.exec(output)?.[0] ?? false
  t.test('tried', { skip }, async (t) => t.match(output, 'held: The HEALTHCHECK succeeds once it is started.'))
})

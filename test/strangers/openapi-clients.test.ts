// Clients that other generators make of openapi.yaml work with the service.
import t from 'tap'
import { GENERATORS } from '../../generators/list.js'
import { runScript } from '../support/process.ts'

/** Those from npm: each takes seconds. */
const QUICK = ['openapi-typescript', 'hey-api', 'orval']
/** It generates and compiles three clients, and may install the generators first. */
const TIMEOUT_MS = 300_000

t.test('OA3: generated clients of TypeScript, as docs/clients.md makes them, log in, read, refresh and log out', async (t) => {
  t.setTimeout(TIMEOUT_MS)
  const { code, output } = await runScript(['generators/index.js', ...QUICK])
  for (const name of QUICK) {
    const [, problem] = new RegExp(`^(${name}: skipped.*)$`, 'm').exec(output) ?? []
    t.test(name, { skip: problem ?? false }, async (t) => t.match(output, `│ ${name} `))
  }
  t.equal(code, 0, output)
})

t.test('a generator that is not known is refused, and those that are known are named', async (t) => {
  const { code, output } = await runScript(['generators/index.js', 'openapi-typescripts'])
  t.equal(code, 1)
  t.match(output, Object.keys(GENERATORS).join(', '))
})

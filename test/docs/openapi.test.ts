import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import t from 'tap'
import { runCommand } from '../support/process.ts'

t.test('the document that is committed is the one that the routes make', async (t) => {
  const { code, stdout } = await runCommand(t, ['openapi'], {}).ended
  t.equal(code, 0)
  t.equal(stdout, await readFile(new URL('../../openapi.yaml', import.meta.url), 'utf8'), 'run "npm run openapi" after a change of routes')
})

t.test('the linter of the document has nothing to say', async (t) => {
  const { stderr } = await promisify(execFile)('node_modules/.bin/redocly', ['lint', 'openapi.yaml'], {
    env: { ...process.env, REDOCLY_TELEMETRY: 'off' }
  })
  t.match(stderr, /Your API description is valid/)
  t.notMatch(stderr, /\d+ (warning|error)/)
})

// The OpenAPI document in the tools of others: validators, linters, Postman and a fuzzer.
import t from 'tap'
import { runScript } from '../support/process.ts'

const CHECKS = ['openapi-spec-validator', 'redocly', 'spectral', 'postman']
const TIMEOUT_MS = 600_000

t.test('OA1: validators and linters have nothing to say about the document, and what Postman imports from it works', async (t) => {
  t.setTimeout(TIMEOUT_MS)
  const { code, output } = await runScript(['conformance/check.js'])
  t.equal(code, 0, code === 0 ? 'it succeeds' : output)
  for (const name of CHECKS) {
    t.test(name, { skip: findProblem(output, name) ?? false }, async (t) => t.match(output, `${name}: clean.\n`))
  }
})

t.test('OA2: schemathesis finds nothing, as nobody, as a user and as an admin', async (t) => {
  t.setTimeout(TIMEOUT_MS)
  const { code, output } = await runScript(['conformance/fuzz.js', '--quick'])
  t.equal(code, 0, code === 0 ? 'it succeeds' : output)
  const problem = findProblem(output, 'schemathesis')
  for (const identity of ['nobody', 'user', 'admin']) {
    t.test(`as ${identity}`, { skip: problem ?? false }, async (t) => t.match(output, `As ${identity}, seed 1: nothing found, after `))
  }
})

/** @returns the sentence that says why a tool was skipped */
function findProblem (output: string, name: string): string | undefined {
  return new RegExp(`^${name}: skipped.*$`, 'm').exec(output)?.[0]
}

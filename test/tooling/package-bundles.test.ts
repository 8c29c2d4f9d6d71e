// Tests import bundles of packages: they must be what the packages are.
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { bundlePackages } from '../../scripts/package-bundles.js'

// Where a test file runs without `npm test`.
await bundlePackages()

const PRINT = `
  const exported = {}
  for (const name of process.argv.slice(1)) {
    exported[name] = Object.entries(await import(name)).map(([key, value]) => key + ' ' + typeof value)
  }
  console.log(JSON.stringify(exported))
`
const NAMES = ['fast-check', 'fastify', 'kysely', 'pg', 'tap', 'typebox', 'typebox/value', 'yaml']

t.test('a bundle exports what its package does', async (t) => {
  const load = (...flags: string[]): Record<string, string[]> => {
    const { stdout, stderr } = spawnSync(process.execPath, [...flags, '--input-type=module', '--eval', PRINT, ...NAMES])
    if (stdout.length === 0) throw new Error(String(stderr))
    return JSON.parse(String(stdout))
  }
  t.strictSame(load('--import=./scripts/load-tests.js'), load())
})

t.test('to make them begins no test, which would have to end in time', async (t) => {
  const program = `
    import { writeBundles } from './scripts/package-bundles.js'
    await writeBundles(${JSON.stringify(t.testdir())})
    setTimeout(() => console.log('still there'), 2_000)
  `
  const env = { PATH: process.env.PATH, TAP_TIMEOUT: '1' }
  const { status, stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { env })
  t.strictSame([status, String(stdout)], [0, 'still there\n'])
})

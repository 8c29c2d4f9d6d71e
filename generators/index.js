// `npm run openapi:clients [-- GENERATOR …] [--keep] [--document FILE]`: clients that other generators make of openapi.yaml, as
// docs/clients.md says, against the service.
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT } from '../scripts/run.js'
import { installGroup } from '../scripts/toolchains.js'
import { GENERATORS } from './list.js'
import { listFailures, toTable } from './report.js'
import { removeGenerated, runGenerator } from './run.js'
import { openService } from './service.js'
import { TOOLCHAINS } from './toolchains.js'

const { values: { keep, document }, positionals } = parseArgs({
  options: { keep: { type: 'boolean', default: false }, document: { type: 'string', default: resolve(ROOT, 'openapi.yaml') } },
  allowPositionals: true
})
const unknown = positionals.filter((name) => !Object.hasOwn(GENERATORS, name))
if (unknown.length > 0) {
  console.error(`Generators are ${Object.keys(GENERATORS).join(', ')}.`)
  process.exit(1)
}

const named = Object.entries(GENERATORS).filter(([name]) => positionals.length === 0 || positionals.includes(name))
/** @type {Map<string, string | undefined>} why a toolchain cannot be used */
const problems = new Map()
for (const need of new Set(named.flatMap(([, { needs }]) => needs))) problems.set(need, installGroup(need, TOOLCHAINS[need]))
const generators = named.filter(([name, { needs }]) => {
  const problem = needs.map((need) => problems.get(need)).find((text) => text !== undefined)
  if (problem !== undefined) console.error(problem.startsWith(`${name}: `) ? problem : `${name}: skipped: ${problem}`)
  return problem === undefined
})
if (generators.length === 0) process.exit()

/** @type {import('./report.js').Results} */
const results = []
const folders = new Set(generators.map(([, { folder }]) => folder))
for (const folder of folders) await removeGenerated(folder)
const service = await openService()
try {
  for (const [name, generator] of generators) {
    console.error(`${generator.title} …`)
    results.push([name, await runGenerator(generator, { document, environment: await service.enrol(name) })])
  }
} finally {
  if (!keep) for (const folder of folders) await removeGenerated(folder)
  await service.close()
}

console.table(toTable(results))
const failures = listFailures(results)
for (const failure of failures) console.log(`FAILED: ${failure}`)
if (failures.length === 0) console.log('Every client was generated, compiled, and did all of it.')
process.exitCode = failures.length === 0 ? 0 : 1

// `npm run bench [-- NAME …] [--quick]`: what gatepass costs, beside the limit and what a team would use instead.
import { parseArgs } from 'node:util'
import * as denyList from './deny-list.js'
import * as guarded from './guarded.js'
import { hasPostgres } from './harness/database.js'
import { describeCommit, describeMachine } from './harness/machine.js'
import { FULL, QUICK } from './harness/plan.js'
import { describe, keep } from './harness/results.js'
import * as login from './login.js'
import * as refresh from './refresh.js'
import * as revocation from './revocation.js'
import * as start from './start.js'
import * as verify from './verify.js'

/** @typedef {{ title: string, against: string, needsPostgres?: boolean, run (plan: import('./harness/plan.js').Plan): Promise<import('./harness/results.js').Findings> }} Benchmark */

/** @type {Record<string, Benchmark>} */
const benchmarks = { guarded, verify, login, refresh, 'deny-list': denyList, revocation, start }

const { values: { quick }, positionals } = parseArgs({ options: { quick: { type: 'boolean', default: false } }, allowPositionals: true })
const unknown = positionals.filter((name) => !Object.hasOwn(benchmarks, name))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}.`)
  process.exit(1)
}

for (const [name, benchmark] of Object.entries(benchmarks)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  if (benchmark.needsPostgres === true && !hasPostgres) {
    console.error(`\n${name}: left out, for there is no Postgres server on this machine.`)
    continue
  }
  console.error(`\n${name} …`)
  const startedAt = performance.now()
  const findings = await benchmark.run(quick ? QUICK : FULL)
  const { title, against } = benchmark
  const taken = {
    on: new Date().toISOString().slice(0, 10),
    commit: describeCommit(),
    node: process.versions.node,
    machine: describeMachine(),
    seconds: Math.round((performance.now() - startedAt) / 1000)
  }
  const result = { name, title, against, ...findings, taken }
  console.log(describe(result))
  if (!quick) keep(result, Object.keys(benchmarks))
}
if (quick) console.log('\nA quick run: it shows where things roughly stand, and nothing was written to bench/results.md.')

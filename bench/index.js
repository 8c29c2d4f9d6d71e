// `npm run bench [-- NAME …] [--quick]`: what gatepass costs, beside the limit and what a team would use instead.
// `npm run bench -- --against FILE`: how far what is kept is from an earlier results.json; `--render`: its page and charts, written again.
// Rivals are packages of their own in bench/rivals; a benchmark that holds against them installs them there, where they are missing.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import * as denyList from './deny-list.js'
import * as growthDatabase from './growth-database.js'
import * as growthEdges from './growth-edges.js'
import * as growthGuarded from './growth-guarded.js'
import * as guarded from './guarded.js'
import { hasPostgres } from './harness/database.js'
import { describeCommit, describeMachine } from './harness/machine.js'
import { FULL, QUICK } from './harness/plan.js'
import { describeDifferences, differencesOf } from './harness/repeat.js'
import { describe, keep, kept, render } from './harness/results.js'
import * as login from './login.js'
import * as refresh from './refresh.js'
import * as revocation from './revocation.js'
import * as start from './start.js'
import * as verify from './verify.js'

/** @typedef {{ title: string, against: string, needsPostgres?: boolean, run (plan: import('./harness/plan.js').Plan): Promise<import('./harness/results.js').Findings> }} Benchmark */

/** @type {Record<string, Benchmark>} */
const benchmarks = { guarded, verify, login, refresh, 'deny-list': denyList, revocation, start, 'growth-guarded': growthGuarded, 'growth-database': growthDatabase, 'growth-edges': growthEdges }

const options = /** @type {const} */ ({ quick: { type: 'boolean', default: false }, against: { type: 'string' }, render: { type: 'boolean', default: false } })
const { values: { quick, against: earlier, render: onlyRender }, positionals } = parseArgs({ options, allowPositionals: true })
if (earlier !== undefined) console.log(describeDifferences(differencesOf(JSON.parse(readFileSync(earlier, 'utf8')), kept())))
if (onlyRender) render()
if (earlier !== undefined || onlyRender) process.exit()

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

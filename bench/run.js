// Runs benchmarks, prints their findings, and writes them to results.json, results.md and charts/.
// `--baseline FILE` compares results.json with an earlier one; `--render` writes the page and the charts again.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import * as denyList from './deny-list.js'
import * as gateway from './gateway.js'
import * as growthDatabase from './growth-database.js'
import * as growthEdges from './growth-edges.js'
import * as growthGuarded from './growth-guarded.js'
import * as guarded from './guarded.js'
import { compareResults, describeDifferences } from './harness/baseline.js'
import { hasPostgres } from './harness/database.js'
import { describeCommit, describeMachine } from './harness/machine.js'
import { FULL, QUICK } from './harness/plan.js'
import { describe, readResults, render, saveResult } from './harness/results.js'
import * as login from './login.js'
import * as refresh from './refresh.js'
import * as revocation from './revocation.js'
import * as start from './start.js'
import * as stepUp from './step-up.js'
import * as verify from './verify.js'
import * as verifyFrameworks from './verify-frameworks.js'

/**
 * @typedef {object} Benchmark
 * @property {string} title
 * @property {string} description
 * @property {boolean} [needsPostgres]
 * @property {string | undefined} [missing] why it cannot run here
 * @property {(plan: import('./harness/plan.js').Plan) => Promise<import('./harness/results.js').Findings>} run
 */

/** @type {Record<string, Benchmark>} */
const benchmarks = {
  guarded,
  verify,
  'verify-frameworks': verifyFrameworks,
  'step-up': stepUp,
  gateway,
  login,
  refresh,
  'deny-list': denyList,
  revocation,
  start,
  'growth-guarded': growthGuarded,
  'growth-database': growthDatabase,
  'growth-edges': growthEdges
}

const { values: { quick, baseline, render: onlyRender }, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, baseline: { type: 'string' }, render: { type: 'boolean', default: false } },
  allowPositionals: true
})
if (baseline !== undefined) console.log(describeDifferences(compareResults(JSON.parse(readFileSync(baseline, 'utf8')), readResults())))
if (onlyRender) render()
if (baseline !== undefined || onlyRender) process.exit()

const unknown = positionals.filter((name) => !Object.hasOwn(benchmarks, name))
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(', ')}. There are: ${Object.keys(benchmarks).join(', ')}.`)
  process.exit(1)
}

for (const [name, benchmark] of Object.entries(benchmarks)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  if (benchmark.needsPostgres === true && !hasPostgres) {
    console.error(`\n${name}: skipped, because there is no Postgres server on this machine.`)
    continue
  }
  if (benchmark.missing !== undefined) {
    console.error(`\n${name}: skipped, because ${benchmark.missing}.`)
    continue
  }
  console.error(`\n${name} …`)
  const startedAt = performance.now()
  const findings = await benchmark.run(quick ? QUICK : FULL)
  const { title, description } = benchmark
  const source = {
    date: new Date().toISOString().slice(0, 10),
    commit: describeCommit(),
    node: process.versions.node,
    machine: describeMachine(),
    seconds: Math.round((performance.now() - startedAt) / 1000)
  }
  const result = { name, title, description, ...findings, source }
  console.log(describe(result))
  if (!quick) saveResult(result, Object.keys(benchmarks))
}
if (quick) console.log('\nA quick run shows rough figures only; nothing was written to bench/results.md.')

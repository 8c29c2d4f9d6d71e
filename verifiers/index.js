// `npm run verifiers [-- GROUP …] [--watch SECONDS] [--quick]`: other verifiers, as docs/verifying.md sets them up, against the
// service.
import { parseArgs } from 'node:util'
import { installGroups } from '../scripts/toolchains.js'
import { GROUPS } from './groups.js'
import { listSurprises, toTable } from './report.js'
import { runVerifiers } from './run.js'

const { values: { watch, quick }, positionals } = parseArgs({
  options: { watch: { type: 'string', default: '30' }, quick: { type: 'boolean', default: false } }, allowPositionals: true
})
const QUICK_SECONDS = 2
const unknown = positionals.filter((name) => !Object.hasOwn(GROUPS, name))
if (unknown.length > 0 || !(Number(watch) > 0)) {
  console.error(`Groups are ${Object.keys(GROUPS).join(', ')}; --watch is a number of seconds.`)
  process.exit(1)
}

const groups = installGroups(positionals.length > 0 ? positionals : Object.keys(GROUPS), GROUPS)
if (groups.length === 0) process.exit()

const watchSeconds = quick ? QUICK_SECONDS : Number(watch)
const { verifiers, findings, leaks } = await runVerifiers({ groups, isQuick: quick, watchSeconds, log: console.error })
console.table(toTable(verifiers, findings, watchSeconds))
const surprises = listSurprises(verifiers, findings)
if (leaks > 0) surprises.push(`The key set of the attacker was read ${leaks} times.`)
for (const surprise of surprises) console.log(`SURPRISE: ${surprise}`)
if (surprises.length === 0) console.log('Every good token was accepted and every bad one refused, as docs/verifying.md says.')
process.exitCode = surprises.length === 0 ? 0 : 1

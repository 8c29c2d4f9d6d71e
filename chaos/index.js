// `npm run chaos [-- --seconds N --seed N]`: stops, kills and hangs the database and the instances, and reports every violated invariant.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runChaos } from './run.js'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '120' }, seed: { type: 'string', default: String(randomInt(2 ** 32)) } }
})
const [seconds, seed] = [Number(values.seconds), Number(values.seed)]
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('--seconds must be a number above 0, and --seed an integer.')
  process.exit(1)
}

console.log(`${seconds} s of chaos, --seed ${seed}: the same seed repeats the faults and the requests, but not their exact timing.`)
const { violations, counts, recoveryMs, revokedTokens } = await runChaos({ seconds, seed })
console.table(counts)
console.log(`Every instance was ready ${recoveryMs} ms after the last fault; ${revokedTokens} revoked tokens were tried at every verifier.`)
for (const { invariant, details } of violations) console.log(`VIOLATED: ${invariant}: ${JSON.stringify(details)}`)
console.log(violations.length === 0 ? 'Every invariant held.' : `Run it again with --seed ${seed}.`)
process.exitCode = violations.length === 0 ? 0 : 1

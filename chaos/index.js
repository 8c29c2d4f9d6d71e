// `npm run chaos [-- --seconds N --seed N]`: breaks everything, again and again, and tells what was promised and not kept.
import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { runChaos } from './run.js'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '120' }, seed: { type: 'string', default: String(randomInt(2 ** 32)) } } })
const [seconds, seed] = [Number(values.seconds), Number(values.seed)]
if (!(seconds > 0) || !Number.isInteger(seed)) {
  console.error('--seconds is a number above 0, --seed a whole number.')
  process.exit(1)
}

console.log(`${seconds} s of chaos, --seed ${seed}: it repeats what breaks, when, and what everybody tries; not what the machine makes of it.`)
const { breaches, counts, recoveryMs, revoked } = await runChaos({ seconds, seed })
console.table(counts)
console.log(`Every instance was ready ${recoveryMs} ms after the end; ${revoked} revoked tokens were tried everywhere.`)
for (const { sentence, details } of breaches) console.log(`NOT KEPT: ${sentence}: ${JSON.stringify(details)}`)
console.log(breaches.length === 0 ? 'Everything was kept.' : `--seed ${seed} may show it again.`)
process.exitCode = breaches.length === 0 ? 0 : 1

// `npm run ops -- pgbouncer|health|rolling|least-role [--quick]`: tries what docs/deploying.md promises on the software that operators run.
import { parseArgs } from 'node:util'
import { MissingToolError, Report } from './report.js'

/**
 * Each is a module that exports `run`.
 *
 * @type {Record<string, () => Promise<{ run (options: { quick: boolean, report: Report }): Promise<void> }>>}
 */
const TRIALS = {
  failover: () => import('./failover.js'),
  health: () => import('./health.js'),
  image: () => import('./image.js'),
  kubernetes: () => import('./kubernetes.js'),
  'least-role': () => import('./least-role.js'),
  pgbouncer: () => import('./pgbouncer.js'),
  rolling: () => import('./rolling.js'),
  systemd: () => import('./systemd.js')
}

const { values: { quick }, positionals: [name = '', ...rest] } = parseArgs({
  options: { quick: { type: 'boolean', default: false } }, allowPositionals: true
})
const load = Object.hasOwn(TRIALS, name) && rest.length === 0 ? TRIALS[name] : undefined
if (load === undefined) {
  console.error(`Name one of ${Object.keys(TRIALS).join(', ')}.`)
  process.exit(1)
}

const { run } = await load()
const report = new Report()
try {
  await run({ quick, report })
  console.log(report.failures === 0 ? `${name}: everything held.` : `${name}: ${report.failures} FAILED, see above.`)
  process.exitCode = report.failures === 0 ? 0 : 1
} catch (error) {
  if (!(error instanceof MissingToolError)) throw error
  console.log(`${name}: skipped, because ${error.message}.`)
}

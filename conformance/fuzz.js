// `npm run fuzz [-- --quick] [--as nobody|user|admin] [--seed NUMBER]`: schemathesis against a fresh instance for each identity and seed.
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { installGroups } from '../scripts/toolchains.js'
import { ADMIN_EMAIL, startInstance } from './instance.js'
import { fromPython, PYTHON, PYTHON_DIRECTORY } from './packages.js'
import { listComplaints } from './run-tool.js'

/**
 * Whoever is shut out by its own requests is followed by the next.
 *
 * @type {Record<string, string[]>}
 */
const IDENTITIES = {
  nobody: [],
  user: listEmails('somebody'),
  admin: [ADMIN_EMAIL, ...listEmails('superior')]
}
const SEEDS = ['1', '2']
const QUICK_EXAMPLES = 3
const LONG_EXAMPLES = 100

const { values: { quick, as, seed } } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, as: { type: 'string' }, seed: { type: 'string' } }
})
const identities = as === undefined ? Object.keys(IDENTITIES) : [as]
const seeds = seed !== undefined ? [seed] : quick ? SEEDS.slice(0, 1) : SEEDS
if (!identities.every((name) => Object.hasOwn(IDENTITIES, name)) || !seeds.every((text) => /^\d+$/.test(text))) {
  console.error(`--as is one of ${Object.keys(IDENTITIES).join(', ')}; --seed is a number.`)
  process.exit(1)
}
if (installGroups(['schemathesis'], { schemathesis: PYTHON }).length === 0) process.exit()

for (const seed of seeds) {
  for (const identity of identities) {
    const startedAt = performance.now()
    const findings = await fuzz(identity, seed, quick ? QUICK_EXAMPLES : LONG_EXAMPLES)
    const seconds = Math.round((performance.now() - startedAt) / 1000)
    for (const finding of findings) console.log(finding)
    console.log(`As ${identity}, seed ${seed}: ${findings.length === 0 ? 'nothing found' : 'FINDINGS, see above'}, after ${seconds} s.`)
    if (findings.length > 0) process.exitCode = 1
  }
}

/**
 * @param {string} identity
 * @param {string} seed
 * @param {number} examples at most, for each operation
 * @returns {Promise<string[]>} what schemathesis has found
 */
async function fuzz (identity, seed, examples) {
  const accounts = IDENTITIES[identity] ?? []
  const directory = await mkdtemp(join(tmpdir(), 'gatepass-fuzz-'))
  const statusesFile = join(directory, 'statuses.json')
  const instance = await startInstance()
  try {
    await instance.createUsers(accounts.filter((email) => email !== ADMIN_EMAIL), identity)
    const parameters = [
      '--no-color', '--config-file', join(PYTHON_DIRECTORY, 'schemathesis.toml'), 'run', `${instance.address}/openapi.json`,
      '--seed', seed, '--max-examples', String(examples), '--continue-on-failure'
    ]
    const env = {
      SCHEMATHESIS_HOOKS: join(PYTHON_DIRECTORY, 'hooks.py'),
      ACCOUNTS: accounts.join(' '),
      ROLE: identity,
      ADDRESS: instance.address,
      PASSWORD: instance.password,
      FEED_TOKEN: instance.feedToken,
      STATUSES_FILE: statusesFile
    }
    const findings = await listComplaints(fromPython('st'), parameters, { cwd: directory, env })
    if (existsSync(statusesFile)) printRefused(identity, JSON.parse(await readFile(statusesFile, 'utf8')))
    return findings
  } finally {
    await instance.stop()
    await rm(directory, { recursive: true })
  }
}

/**
 * Names the operations of which only refusals were seen.
 *
 * @param {string} identity
 * @param {Record<string, number[]>} statuses
 */
function printRefused (identity, statuses) {
  const labels = Object.keys(statuses)
  const refused = labels.filter((label) => statuses[label]?.every((status) => status >= 300))
  const count = `${labels.length - refused.length} of ${labels.length}`
  console.log(`As ${identity}, ${count} operations were accepted at least once; never:`, refused.join(', ') || 'none')
}

/** @param {string} name */
function listEmails (name) {
  return Array.from({ length: 9 }, (_, index) => `${name}${index}@example.com`)
}

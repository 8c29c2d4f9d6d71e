// The binaries of argon2 to compare: the ready-made one, and those of `npm run build:argon2`, built for this run.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ROOT } from './machine.js'

/** @typedef {'ready-made' | 'x86-64-v3' | 'native'} BuildName */

/** @typedef {Record<string, string>} Environment that makes a process load a build */

/**
 * @typedef {object} Builds
 * @property {Partial<Record<BuildName, Environment>> & { 'ready-made': Environment }} environments
 * @property {() => void} remove
 */

/** @returns {Builds} those that can be made and run here */
export function makeBuilds () {
  const directory = mkdtempSync(join(tmpdir(), 'gatepass-argon2-'))
  try {
    execFileSync(process.execPath, [join(ROOT, 'scripts/build-argon2.js'), '--out', directory], { stdio: ['ignore', 'ignore', 'inherit'] })
  } catch {
    console.error('  the builds of argon2 are left out')
  }
  /** @type {Builds['environments']} */
  const environments = { 'ready-made': { ARGON2_PREBUILD: join(ROOT, 'node_modules/argon2'), PREBUILDS_ONLY: '1' } }
  for (const name of /** @type {const} */ (['x86-64-v3', 'native'])) {
    if (existsSync(join(directory, name))) environments[name] = { ARGON2_PREBUILD: join(directory, name) }
  }
  return { environments, remove: () => rmSync(directory, { recursive: true }) }
}

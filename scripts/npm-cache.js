// Packages that only some tests need, installed from npm into node_modules/.cache, outside of the lock file.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './run.js'

/**
 * Installs a package, unless the cache has it already.
 *
 * @param {string} name
 * @param {string} version exact
 * @returns {string} its directory
 * @throws when npm cannot install it, as without a network
 */
export function installCached (name, version) {
  const prefix = join(ROOT, 'node_modules/.cache/gatepass-npm', `${name.replace('/', '+')}@${version}`)
  const directory = join(prefix, 'node_modules', name)
  if (!existsSync(join(directory, 'package.json'))) {
    mkdirSync(prefix, { recursive: true })
    const flags = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=0']
    execFileSync('npm', ['install', ...flags, '--prefix', prefix, `${name}@${version}`], { cwd: prefix, stdio: 'pipe', timeout: 120_000 })
  }
  return directory
}

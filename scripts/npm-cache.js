// Packages that only some tests need, installed from npm into node_modules/.cache, outside of the lock file.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './run.js'

const CACHE = join(ROOT, 'node_modules/.cache/gatepass-npm')
const FLAGS = ['--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--fetch-retries=0']

/**
 * Installs a package, unless the cache has it already.
 *
 * @param {string} name
 * @param {string} version exact
 * @returns {string} its directory
 * @throws when npm cannot install it, as without a network
 */
export function installCached (name, version) {
  const prefix = join(CACHE, `${name.replace('/', '+')}@${version}`)
  const directory = join(prefix, 'node_modules', name)
  if (!existsSync(join(directory, 'package.json'))) {
    mkdirSync(prefix, { recursive: true })
    install(prefix, ['--no-save', `${name}@${version}`])
  }
  return directory
}

/**
 * Installs what a manifest asks for, unless the cache has it already.
 *
 * @param {string} manifest path of a package.json with exact versions
 * @returns {string} a directory: what is below it can import the packages
 * @throws when npm cannot install them, as without a network
 */
export function installManifest (manifest) {
  const content = readFileSync(manifest)
  const prefix = join(CACHE, `${JSON.parse(content.toString()).name}@${createHash('sha256').update(content).digest('hex').slice(0, 16)}`)
  const mark = join(prefix, 'installed')
  if (!existsSync(mark)) {
    mkdirSync(prefix, { recursive: true })
    copyFileSync(manifest, join(prefix, 'package.json'))
    install(prefix, [])
    writeFileSync(mark, '')
  }
  return prefix
}

/**
 * @param {string} prefix
 * @param {string[]} parameters
 */
function install (prefix, parameters) {
  execFileSync('npm', ['install', ...FLAGS, '--prefix', prefix, ...parameters], { cwd: prefix, stdio: 'pipe', timeout: 240_000 })
}

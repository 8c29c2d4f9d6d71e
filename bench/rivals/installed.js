// The packages of the rivals, apart from those of the service: bench/rivals/package.json names them, and the benchmarks install them, from
// its lock, where they are missing. Fastify, pg and argon2 are the service's own, so that nobody has a faster one.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** @typedef {Record<string, string>} Ranges */

/** @typedef {{ version: string, dependencies?: Ranges, devDependencies?: Ranges, optionalDependencies?: Ranges, peerDependencies?: Ranges, peerDependenciesMeta?: Record<string, { optional?: boolean }> }} Manifest */

/**
 * Rivals are started as for production, as everybody's documentation asks.
 */
export const ENVIRONMENT = { NODE_ENV: 'production' }

/** @returns {boolean} whether the rivals are there; they are not where no registry can be reached */
export function installRivals () {
  if (isInstalled()) return true
  console.error('  installing the rivals: npm ci in bench/rivals')
  try {
    // None of them needs a script of its own to run.
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: HERE, stdio: ['ignore', 'ignore', 'inherit'] })
  } catch {
    console.error('  they could not be installed, and are left out')
  }
  return isInstalled()
}

function isInstalled () {
  const { dependencies = {}, devDependencies = {} } = manifestOf(HERE)
  return Object.entries({ ...dependencies, ...devDependencies }).every(([name, version]) => {
    const directory = `${HERE}node_modules/${name}/`
    return existsSync(directory) && manifestOf(directory).version === version
  })
}

/**
 * @param {string} name of an installed package of the rivals
 * @returns {string} name and version
 */
export function rivalVersionOf (name) {
  return `${name} ${manifestOf(`${HERE}node_modules/${name}/`).version}`
}

/**
 * Without its types, for the project is checked without the rivals.
 *
 * @param {string} name
 * @returns {Promise<any>} the module
 */
export function load (name) {
  return import(name)
}

/**
 * @param {string[]} names of packages
 * @param {Set<string>} [seen]
 * @returns {string[]} where they are, with all that they need, each once
 */
export function directoriesOf (names, from = HERE, seen = new Set()) {
  for (const name of names) {
    const directory = findInstalled(name, from)
    if (directory === undefined || seen.has(directory)) continue
    seen.add(directory)
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = manifestOf(directory)
    const peers = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true)
    directoriesOf([...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers], directory, seen)
  }
  return [...seen]
}

/**
 * As Node looks for it: here, and then further up.
 *
 * @param {string} name
 * @param {string} from
 * @returns {string | undefined}
 */
function findInstalled (name, from) {
  const directory = join(from, 'node_modules', name, '/')
  if (existsSync(`${directory}package.json`)) return directory
  return from === dirname(from) ? undefined : findInstalled(name, dirname(from))
}

/**
 * @param {string} directory
 * @returns {Manifest}
 */
function manifestOf (directory) {
  return JSON.parse(readFileSync(`${directory}package.json`, 'utf8'))
}

// The packages of the rivals, apart from those of the service: bench/rivals/package.json names them, and the benchmarks install them, from
// its lock, where they are missing. Fastify, pg and argon2 are the service's own, so that nobody has a faster one.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('.', import.meta.url))

/** @typedef {{ version: string, dependencies?: Record<string, string>, devDependencies?: Record<string, string> }} Manifest */

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
 * @param {string} directory
 * @returns {Manifest}
 */
function manifestOf (directory) {
  return JSON.parse(readFileSync(`${directory}package.json`, 'utf8'))
}

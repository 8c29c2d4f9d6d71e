// The installed packages of bench/package.json. Fastify, pg and argon2 are those of the service, so that no candidate has a faster version.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BENCH = fileURLToPath(new URL('..', import.meta.url))

/** @typedef {Record<string, string>} Ranges */

/**
 * @typedef {object} Manifest
 * @property {string} version
 * @property {Ranges} [dependencies]
 * @property {Ranges} [optionalDependencies]
 * @property {Ranges} [peerDependencies]
 * @property {Record<string, { optional?: boolean }>} [peerDependenciesMeta]
 */

/** Competitors run as in production, as their documentation recommends. */
export const ENVIRONMENT = { NODE_ENV: 'production' }

/** @returns {boolean} whether every package of bench/package.json is installed in its version */
export function isInstalled () {
  const { dependencies = {} } = readManifest(BENCH)
  return Object.entries(dependencies).every(([name, version]) => {
    const directory = `${BENCH}node_modules/${name}/`
    return existsSync(directory) && readManifest(directory).version === version
  })
}

/**
 * @param {string} name of a package of bench/package.json
 * @returns {string} name and version
 */
export function competitorVersion (name) {
  return `${name} ${readManifest(`${BENCH}node_modules/${name}/`).version}`
}

/**
 * Imports a package of bench/package.json, untyped: the type check of the project runs without these packages.
 *
 * @param {string} name
 * @returns {Promise<any>} the module
 */
export function load (name) {
  return import(name)
}

/**
 * @param {string[]} names of packages
 * @param {string} [from] a directory
 * @param {Set<string>} [seen]
 * @returns {string[]} their directories, and those of all their dependencies, each once
 */
export function listDirectories (names, from = BENCH, seen = new Set()) {
  for (const name of names) {
    const directory = findInstalled(name, from)
    if (directory === undefined || seen.has(directory)) continue
    seen.add(directory)
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = readManifest(directory)
    const peers = Object.keys(peerDependencies).filter((peer) => peerDependenciesMeta[peer]?.optional !== true)
    listDirectories([...Object.keys({ ...dependencies, ...optionalDependencies }), ...peers], directory, seen)
  }
  return [...seen]
}

/**
 * Looks in this directory and then in its parents, as Node does.
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
function readManifest (directory) {
  return JSON.parse(readFileSync(`${directory}package.json`, 'utf8'))
}

// `npm run pack:edge`: the verifying half as a package of its own, with the dependencies that its own files import and no others.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const PARTS = ['edge', 'verify', 'contract', 'errors.js', 'errors.d.ts']
// The app that uses it brings it along.
const PEERS = ['fastify']

const { version, license, engines, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const staging = mkdtempSync(join(tmpdir(), 'gatepass-edge-'))
try {
  for (const part of PARTS) cpSync(join(root, 'dist', part), join(staging, 'dist', part), { recursive: true })
  const packages = importedPackages(join(staging, 'dist'))
  writeFileSync(join(staging, 'package.json'), JSON.stringify({
    name: 'gatepass-edge',
    version,
    description: 'Verifies gatepass access tokens in any Fastify service: no database, no private key.',
    type: 'module',
    license,
    engines,
    exports: { '.': { types: './dist/edge/index.d.ts', default: './dist/edge/index.js' } },
    dependencies: pick(packages.filter((name) => !PEERS.includes(name)), (name) => dependencies[name]),
    peerDependencies: pick(PEERS, (name) => `^${dependencies[name]}`)
  }, undefined, 2))
  const target = resolve(root, process.argv[2] ?? 'dist')
  mkdirSync(target, { recursive: true })
  const file = execFileSync('npm', [
    'pack', '--silent', '--ignore-scripts', '--pack-destination', target
  ], { cwd: staging, encoding: 'utf8' }).trim()
  console.log(join(target, file))
} finally {
  rmSync(staging, { recursive: true })
}

/**
 * @param {string} directory of compiled files, and of their types
 * @returns {string[]} names of the packages they import
 */
function importedPackages (directory) {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && /\.(js|d\.ts)$/.test(
    entry.name
  ))
  const imported = files.flatMap((entry) => [
    ...readFileSync(join(entry.parentPath, entry.name), 'utf8').matchAll(/\bfrom '([^'.][^']*)'|\bimport '([^'.][^']*)'/g)
  ].map(([, from, bare]) => from ?? bare ?? ''))
  const packages = imported.filter((name) => !name.startsWith('node:') && !builtinModules.includes(name))
    .map((name) => name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/'))
  return [...new Set(packages)].sort()
}

/**
 * @param {string[]} names
 * @param {(name: string) => string | undefined} versionOf
 */
function pick (names, versionOf) {
  return Object.fromEntries(names.map((name) => {
    const version = versionOf(name)
    if (version === undefined) throw new Error(`${name} is imported by the edge, and is no dependency`)
    return [name, version]
  }))
}

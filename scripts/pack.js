// `npm run pack:verify`, `npm run pack:edge`: the verifying half as packages of their own, with the dependencies that their files import
// and no others. gatepass-edge depends on gatepass-verify, so it comes with it. Parameters: `verify` or `edge`, and a folder.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {string} description
 * @property {string[]} parts what it has of dist
 * @property {Record<string, string>} doors modules of dist, without their extension
 * @property {string[]} peers what the app that uses it brings along
 */

/** @type {Package} */
const VERIFY = {
  name: 'gatepass-verify',
  description: 'Verifies gatepass access tokens in any Node service: no framework, no database, no private key.',
  parts: ['verify', 'contract', 'errors.js', 'errors.d.ts'],
  // The internals are for gatepass-edge of the same version.
  doors: { '.': 'verify/index', './web': 'verify/web/index', './internals': 'verify/internals' },
  peers: []
}

/** @type {Package} */
const EDGE = {
  name: 'gatepass-edge',
  description: 'Verifies gatepass access tokens in any Fastify service: no database, no private key.',
  parts: ['edge'],
  doors: { '.': 'edge/index' },
  peers: ['fastify']
}

/** The edge imports the other package and does not copy it: there is one `Rejection`, and one `Register`. */
const MOVED = new Map([['../verify/index', 'gatepass-verify'], ['../verify/internals', 'gatepass-verify/internals']])

const root = fileURLToPath(new URL('..', import.meta.url))
const { version, license, engines, dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
/** @type {Record<string, string>} */
const versions = { ...dependencies, [VERIFY.name]: version }

const [wanted, directory = 'dist'] = process.argv.slice(2)
const target = resolve(root, directory)
mkdirSync(target, { recursive: true })
for (const each of wanted === 'edge' ? [VERIFY, EDGE] : [VERIFY]) console.log(pack(each))

/**
 * @param {Package} its
 * @returns {string} path of the tarball
 */
function pack ({ name, description, parts, doors, peers }) {
  const staging = mkdtempSync(join(tmpdir(), `${name}-`))
  try {
    for (const part of parts) cpSync(join(root, 'dist', part), join(staging, 'dist', part), { recursive: true })
    const imported = [...new Set(listModules(staging).flatMap(moveImports))].sort()
    writeFileSync(join(staging, 'package.json'), JSON.stringify({
      name,
      version,
      description,
      type: 'module',
      license,
      engines,
      exports: Object.fromEntries(Object.entries(doors).map(([door, module]) => [
        door, { types: `./dist/${module}.d.ts`, default: `./dist/${module}.js` }
      ])),
      dependencies: Object.fromEntries(imported.filter((other) => !peers.includes(other)).map((other) => [other, versionOf(other)])),
      peerDependencies: Object.fromEntries(peers.map((peer) => [peer, `^${versionOf(peer)}`]))
    }, undefined, 2))
    const parameters = ['pack', '--silent', '--ignore-scripts', '--pack-destination', target]
    return join(target, execFileSync('npm', parameters, { cwd: staging, encoding: 'utf8' }).trim())
  } finally {
    rmSync(staging, { recursive: true })
  }
}

/**
 * @param {string} folder
 * @returns {string[]} paths of compiled modules, and of their types
 */
function listModules (folder) {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return paths.filter((path) => /\.(js|d\.ts)$/.test(path)).map((path) => join(folder, path))
}

/**
 * @param {string} path of a module, whose imports of another package are rewritten
 * @returns {string[]} names of the packages that it imports
 */
function moveImports (path) {
  const source = readFileSync(path, 'utf8')
  const moved = source.replace(/(?<=['"])(\.\.\/verify\/\w+)\.[jt]s(?=['"])/g, (specifier, module) => MOVED.get(module) ?? specifier)
  if (moved !== source) writeFileSync(path, moved)
  const specifiers = ts.preProcessFile(moved).importedFiles.map(({ fileName }) => fileName)
  return specifiers.filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
    .map((specifier) => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/'))
}

/** @param {string} name */
function versionOf (name) {
  const found = versions[name]
  if (found === undefined) throw new Error(`${name} is imported, and is no dependency`)
  return found
}

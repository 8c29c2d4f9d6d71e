// Writes the directories of the packages, as they are published.
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { writeCommonJs } from './commonjs.js'
import { MOVED, PACKAGES, ROOT, SERVICE } from './packages.js'

/** @type {Record<string, string>} */
const VERSIONS = { ...SERVICE.dependencies, ...Object.fromEntries(PACKAGES.map(({ name }) => [name, SERVICE.version])) }

const PARTS_OF_SERVICE = ['.env.example', 'dist', 'migrations', 'openapi.yaml', 'templates']

export const NAMES = [SERVICE.name, ...PACKAGES.map(({ name }) => name)]

/**
 * Writes the directory of a package, from the build in dist.
 *
 * @param {string} name one of NAMES
 * @param {string} directory that is not there yet
 */
export async function stage (name, directory) {
  mkdirSync(directory, { recursive: true })
  const its = PACKAGES.find((each) => each.name === name)
  const manifest = its === undefined ? stageService(directory) : await stagePart(its, directory)
  writeFileSync(join(directory, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)
  cpSync(join(ROOT, 'packages', `${name}.md`), join(directory, 'README.md'))
  cpSync(join(ROOT, 'LICENSE'), join(directory, 'LICENSE'))
}

/**
 * npm packs what `files` names, and leaves out the rest of dist.
 *
 * @param {string} directory
 */
function stageService (directory) {
  for (const name of PARTS_OF_SERVICE) cpSync(join(ROOT, name), join(directory, name), { recursive: true })
  const types = listModules(join(directory, 'dist')).filter((path) => path.endsWith('.ts'))
  for (const path of types) rewrite(join(directory, 'dist', path), toJsSpecifiers)
  const { scripts, devDependencies, overrides, ...published } = SERVICE
  return published
}

/**
 * @param {import('./packages.js').Package} its
 * @param {string} directory
 */
async function stagePart ({ name, description, keywords, parts, doors, peers, optionalPeers, isForNode }, directory) {
  const dist = join(directory, 'dist')
  const paths = parts.flatMap(listPart)
  const imported = new Set()
  for (const path of paths) {
    mkdirSync(dirname(join(dist, path)), { recursive: true })
    cpSync(join(ROOT, 'dist', path), join(dist, path))
    const source = rewrite(join(dist, path), (text) => toJsSpecifiers(moveImports(text)))
    for (const other of listImports(source)) imported.add(other)
  }
  await writeCommonJs(dist, paths, join(dist, 'cjs'))
  const others = Object.entries(doors).filter(([door]) => door !== '.')
  const allPeers = { ...peers, ...optionalPeers }
  const dependencies = [...imported].filter((other) => allPeers[other] === undefined).sort()
  return {
    name,
    version: SERVICE.version,
    description,
    keywords,
    license: SERVICE.license,
    type: 'module',
    ...(isForNode ? { engines: SERVICE.engines } : { sideEffects: false }),
    // For resolvers that do not read exports.
    main: `./dist/cjs/${doors['.']}.js`,
    types: `./dist/cjs/${doors['.']}.d.ts`,
    ...(others.length > 0 && {
      typesVersions: { '*': Object.fromEntries(others.map(([door, module]) => [door.slice(2), [`./dist/cjs/${module}.d.ts`]])) }
    }),
    exports: {
      ...Object.fromEntries(Object.entries(doors).map(([door, module]) => [
        door, { import: entry(`./dist/${module}`), require: entry(`./dist/cjs/${module}`) }
      ])),
      './package.json': './package.json'
    },
    files: ['dist'],
    dependencies: Object.fromEntries(dependencies.map((other) => [other, versionOf(other)])),
    peerDependencies: allPeers,
    peerDependenciesMeta: Object.fromEntries(Object.keys(optionalPeers).map((peer) => [peer, { optional: true }]))
  }
}

/** @param {string} module */
function entry (module) {
  return { types: `${module}.d.ts`, default: `${module}.js` }
}

/**
 * @param {string} part a folder of dist, or a module in it
 * @returns {string[]} paths in dist
 */
function listPart (part) {
  const folder = join(ROOT, 'dist', part)
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [`${part}.js`, `${part}.d.ts`]
  return listModules(folder).filter((path) => !path.startsWith('cjs')).map((path) => join(part, path))
}

/**
 * @param {string} folder
 * @returns {string[]} paths in it, of compiled modules and of their types
 */
function listModules (folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(js|d\.ts)$/.test(path))
}

/**
 * @param {string} path of a file
 * @param {(source: string) => string} change
 * @returns {string} what it holds from now on
 */
function rewrite (path, change) {
  const source = readFileSync(path, 'utf8')
  const changed = change(source)
  if (changed !== source) writeFileSync(path, changed)
  return changed
}

/**
 * The compiler leaves `./file.ts` in types.
 *
 * @param {string} source
 */
function toJsSpecifiers (source) {
  return source.replace(/(['"]\.\.?\/[\w./-]+)\.ts(?=['"])/g, '$1.js')
}

/** @param {string} source of a module or of its types, which may import a part that is another package */
function moveImports (source) {
  return source.replace(/(?<=['"])(\.\.\/verify\/\w+)\.[jt]s(?=['"])/g, (specifier, module) => MOVED.get(module) ?? specifier)
}

/**
 * @param {string} source of a module
 * @returns {string[]} names of the packages that it imports
 */
function listImports (source) {
  const specifiers = ts.preProcessFile(source).importedFiles.map(({ fileName }) => fileName)
  return specifiers.filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
    .map((specifier) => specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/'))
}

/** @param {string} name */
function versionOf (name) {
  const found = VERSIONS[name]
  if (found === undefined) throw new Error(`${name} is imported, and is no dependency`)
  return found
}

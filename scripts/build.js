// Compiles src and client to dist, bundles the program, and creates the empty database that the embedded mode starts from.
// With --if-stale, only when a source has changed; with --if-possible, not without the compiler, as in `npm ci --omit=dev` of a fresh
// clone.
import { execFileSync } from 'node:child_process'
import { existsSync, statSync, writeFileSync, chmodSync, readdirSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { writeCommonJs, writeRequireTypes } from './commonjs.js'

const root = fileURLToPath(new URL('..', import.meta.url))
/** @param {string} name */
const dist = (name) => join(root, 'dist', name)

/** Packages of CommonJS require the modules of Node. */
const BUNDLE_BANNER = "import { createRequire as createBundleRequire } from 'node:module'\n" +
  'var require = createBundleRequire(import.meta.url)'
const SWAGGER_UI = '@fastify/swagger-ui'
const EMPTY_SOURCE_MAP = '//# sourceMappingURL=data:application/json,' +
  encodeURIComponent('{"version":3,"sources":[""],"mappings":"AAAA"}')

/** A build by earlier versions of them is stale, too. */
const TOOLS = ['build.js', 'commonjs.js'].map((name) => join(root, 'scripts', name))

const isBuilt = existsSync(dist('.built'))

// An installed package has dist and no sources.
if (existsSync(join(root, 'src')) && !(process.argv.includes('--if-stale') && isFresh())) {
  const compiler = findCompiler()
  if (compiler !== undefined) await build(compiler)
  // As after "NODE_ENV=production npm ci": the old build still works.
  else if (isBuilt) {
    console.error('There is no compiler here, so dist stays as it was built, though sources are newer: run "npm ci ' +
    '--include=dev" and "npm run build" to renew it.')
  } else if (process.argv.includes('--if-possible')) {
    console.error('There is no compiler here, so dist was not built: copy one that was built elsewhere, or run "npm ci --include=dev" ' +
      'and "npm run build".')
  } else {
    console.error('There is no compiler here, and nothing was built: run "npm ci --include=dev" first.')
    process.exitCode = 1
  }
}

function findCompiler () {
  try {
    return join(createRequire(import.meta.url).resolve('typescript-native/package.json'), '../bin/tsc')
  } catch {
    return undefined
  }
}

/** @param {string} tsc */
async function build (tsc) {
  // The client is compiled apart, without the types of Node.
  for (const project of ['tsconfig.build.json', 'tsconfig.client.json']) {
    execFileSync(process.execPath, [tsc, '--project', join(root, project)], { stdio: 'inherit', cwd: root })
  }
  removeOrphans()
  const client = readdirSync(dist('client'), { recursive: true, encoding: 'utf8' }).filter((path) => /^(?!cjs\b).*\.(js|d\.ts)$/.test(path))
  await writeCommonJs(dist('client'), client, dist('client/cjs'))
  await bundleProgram()
  await writeTypesOfDoors()
  chmodSync(dist('cli/main.js'), 0o755)
  const { createEmptyDatabaseArchive, EMPTY_DATABASE } = await import(dist('database/embedded.js'))
  if (!isNewest(EMPTY_DATABASE, ['migrations'])) {
    writeFileSync(EMPTY_DATABASE, Buffer.from(await (await createEmptyDatabaseArchive()).arrayBuffer()))
  }
  writeFileSync(dist('.built'), '')
}

/**
 * Bundles the program with its packages: a command then loads a few files instead of 1,400, which was more than half of its time. What has
 * files of its own beside its code is left outside.
 */
async function bundleProgram () {
  const { build } = await import('esbuild')
  rmSync(dist('cli/bundle'), { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/program.ts'],
    outdir: dist('cli'),
    bundle: true,
    splitting: true,
    chunkNames: 'bundle/[name]-[hash]',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    banner: { js: BUNDLE_BANNER },
    external: ['argon2', '@electric-sql/pglite', `${SWAGGER_UI}/package.json`, 'pg-native'],
    sourcemap: true,
    sourcesContent: false,
    plugins: [{ name: 'own-sources-only', setup: (build) => build.onLoad({ filter: /node_modules.*\.[cm]?js$/ }, loadUnmapped) }],
    logLevel: 'warning'
  })
}

/**
 * Loads a file of a package with a source map of its own, an empty one: the map of the bundle, which the process has in memory, is a tenth.
 *
 * @param {{ path: string }} file
 * @returns {Promise<{ contents: string, loader: 'js' }>}
 */
async function loadUnmapped ({ path }) {
  const [, directory] = path.replaceAll(sep, '/').match(`node_modules/${SWAGGER_UI}/((?:[^/]+/)*)[^/]+$`) ?? []
  // It serves files beside its code, which stay where they are.
  const location = directory === undefined
    ? ''
    : `var __dirname = require('node:path').join(require.resolve('${SWAGGER_UI}/package.json'), '..', '${directory}')\n`
  return { contents: `${location}${await readFile(path, 'utf8')}\n${EMPTY_SOURCE_MAP}`, loader: 'js' }
}

/** Writes the types for `require` that package.json names. */
async function writeTypesOfDoors () {
  const { exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  /** @type {Array<{ import?: { types: string }, require?: { types: string } }>} */
  const doors = Object.values(exports)
  /** @type {Map<string, string>} */
  const files = new Map()
  for (const { import: own, require } of doors) {
    if (own === undefined || !require?.types.endsWith('.d.cts') || !existsSync(join(root, own.types))) continue
    files.set(join(root, own.types), join(root, require.types))
  }
  await writeRequireTypes(files)
}

/** Removes what was compiled from a source that was renamed or deleted: it would be packed and shipped. */
function removeOrphans () {
  for (const entry of readdirSync(dist('.'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (!entry.isFile() || !/\.(js|d\.ts|js\.map)$/.test(path)) continue
    const module = relative(dist('.'), path).replace(/\.(js|d\.ts|js\.map)$/, '.ts').replace(/^client[\\/]cjs[\\/]/, `client${sep}`)
    if (!existsSync(join(root, module.startsWith(`client${sep}`) ? '' : 'src', module))) rmSync(path)
  }
}

function isFresh () {
  return isNewest(dist('.built'), ['src', 'client', 'migrations'], TOOLS)
}

/**
 * @param {string} built path
 * @param {string[]} directories that it is made from
 * @param {string[]} [others] paths of other files
 */
function isNewest (built, directories, others = []) {
  if (!existsSync(built)) return false
  const builtAt = statSync(built).mtimeMs
  const roots = directories.map((directory) => join(root, directory))
  const entries = roots.flatMap((path) => readdirSync(path, { recursive: true, withFileTypes: true }))
  // With the folders: one that has lost a file, as when another branch is checked out, is newer.
  const sources = [...roots, ...entries.map((entry) => join(entry.parentPath, entry.name))]
  return [...sources, ...others].every((path) => statSync(path).mtimeMs <= builtAt)
}

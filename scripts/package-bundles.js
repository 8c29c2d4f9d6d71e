// Packages that consist of many modules, as one file each: a test that starts the service loads 30 files instead of 1,200, in half a second
// instead of one and a half. All are bundled together, so that what two of them share exists once.
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CACHE } from './typescript-cache.js'

const NAMES = [
  '@fastify/ajv-compiler', '@fastify/cors', '@fastify/fast-json-stringify-compiler', '@fastify/helmet', '@fastify/jwt',
  '@fastify/proxy-addr', '@fastify/swagger', '@fastify/under-pressure', 'env-schema', 'fast-check', 'fast-jwt', 'fastify',
  'fastify-plugin', 'jose', 'kysely', 'pg', 'pg-connection-string', 'pino', 'prom-client', 'tap', 'typebox', 'typebox/value', 'uuid', 'yaml'
]

/** Packages of CommonJS require the modules of Node. */
const BANNER = "import { createRequire as createBundleRequire } from 'node:module'\nconst require = createBundleRequire(import.meta.url)"
const PREFIX = 'packages-'
/** What a test file gets of tap: `tap build` writes it. */
export const BUILT_TAP = fileURLToPath(new URL('../node_modules/@tapjs/test/test-built/dist/esm/index.js', import.meta.url))
const root = fileURLToPath(new URL('..', import.meta.url))

const SOURCES = [join(root, 'node_modules/.package-lock.json'), BUILT_TAP, fileURLToPath(import.meta.url)]
/** Named after what is installed and how it is bundled. */
const directory = join(CACHE, `${PREFIX}${hashFiles(SOURCES)}`)

/** Paths of the bundles, by what an import says; empty where they were not made. */
export const BUNDLES = new Map(existsSync(directory) ? NAMES.map((name) => [name, join(directory, `${toEntry(name)}.mjs`)]) : [])

/**
 * tap leaves out of a stack what is below such a folder.
 *
 * @param {string} name
 */
function toEntry (name) {
  return name === 'tap' ? 'node_modules/@tapjs/tap' : name
}

/** Bundles them, unless that is done already. */
export async function bundlePackages () {
  if (existsSync(directory)) return
  for (const name of readdirSync(CACHE)) if (name.startsWith(PREFIX)) rmSync(join(CACHE, name), { recursive: true })
  const outdir = mkdtempSync(join(CACHE, 'unfinished-'))
  await writeBundles(outdir)
  renameSync(outdir, directory)
}

/** @param {string} outdir */
export async function writeBundles (outdir) {
  const { build } = await import('esbuild')
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(NAMES.map((name) => [toEntry(name), `entry:${name}`])),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    banner: { js: BANNER },
    external: ['pg-native'],
    plugins: [{ name: 'entries', setup: resolveEntries }],
    logLevel: 'warning'
  })
}

/**
 * An entry exports what Node finds: of a CommonJS module, esbuild would export the default alone.
 *
 * @param {import('esbuild').PluginBuild} build
 */
function resolveEntries (build) {
  build.onResolve({ filter: /^entry:/ }, ({ path }) => ({ path: path.replace('entry:', ''), namespace: 'entry' }))
  build.onLoad({ filter: /^/, namespace: 'entry' }, async ({ path }) => {
    // It is an ES module, and where it is loaded, a test begins, which has to end in time.
    if (path === 'tap') return { contents: "export * from 'tap'\nexport { default } from 'tap'", loader: 'js', resolveDir: root }
    const names = Object.keys(await import(path)).filter((name) => name !== 'module.exports')
    const lines = names.map((name, index) => `const value${index} = all[${JSON.stringify(name)}]\nexport { value${index} as ${name} }\n`)
    return { contents: `import * as all from ${JSON.stringify(path)}\n${lines.join('')}`, loader: 'js', resolveDir: root }
  })
}

/** @param {string[]} paths of files; a copy of the project may have its packages elsewhere, and then has no bundles */
function hashFiles (paths) {
  const hash = createHash('sha256')
  for (const path of paths.filter((path) => existsSync(path))) hash.update(readFileSync(path))
  return hash.digest('hex').slice(0, 16)
}

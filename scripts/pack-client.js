// `npm run pack:client`: the client as a package of its own, without a dependency; and how large it is for those who load it.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import ts from 'typescript'

const root = fileURLToPath(new URL('..', import.meta.url))
const compiled = join(root, 'dist', 'client')
const target = resolve(root, process.argv[2] ?? 'dist')

const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const sources = readdirSync(compiled).filter((name) => name.endsWith('.js')).map((name) => readFileSync(join(compiled, name), 'utf8'))
const [foreign] = /\b(from|import) '[^'.][^']*'/.exec(sources.join('\n')) ?? []
if (foreign !== undefined) throw new Error(`the client depends on something: ${foreign}`)

const staging = mkdtempSync(join(tmpdir(), 'gatepass-client-'))
try {
  cpSync(compiled, join(staging, 'dist'), { recursive: true })
  writeFileSync(join(staging, 'package.json'), JSON.stringify({
    name: 'gatepass-client',
    version,
    description: 'A client of gatepass for browsers, React Native and Node that never loses a session.',
    type: 'module',
    license,
    sideEffects: false,
    main: './dist/cjs/index.js',
    types: './dist/index.d.ts',
    exports: { '.': { import: entry('./dist'), require: entry('./dist/cjs') } }
  }, undefined, 2))
  mkdirSync(target, { recursive: true })
  const file = execFileSync('npm', [
    'pack', '--silent', '--ignore-scripts', '--pack-destination', target
  ], { cwd: staging, encoding: 'utf8' }).trim()
  console.log(join(target, file))
  console.log(`${gzippedBytes(sources)} bytes gzipped, without comments and not minified`)
} finally {
  rmSync(staging, { recursive: true })
}

/** @param {string} directory */
function entry (directory) {
  return { types: `${directory}/index.d.ts`, default: `${directory}/index.js` }
}

/**
 * @param {string[]} modules
 * @returns {number} what is left of them on the wire, comments apart, which no bundler keeps
 */
function gzippedBytes (modules) {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, removeComments: true }
  const bare = modules.map((source) => ts.transpileModule(source, { compilerOptions }).outputText.replace(/^\s+/gm, ''))
  return gzipSync(bare.join('\n'), { level: 9 }).length
}

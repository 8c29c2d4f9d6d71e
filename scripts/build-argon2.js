// `npm run build:argon2 [-- NAME …] [--out DIRECTORY]`: argon2 from its own source for newer processors, some 1.7 times as fast as its
// ready-made binary, which is built for any x86-64. Into dist/argon2, from where the service takes the best one that its processor can run.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { checkBinary } from './argon2-vectors.js'

const run = promisify(execFile)
const require = createRequire(import.meta.url)
const root = fileURLToPath(new URL('..', import.meta.url))

// What x86-64-v3 is (x86-64 psABI, 3.1.1), as Linux calls it.
const V3_FLAGS = 'avx avx2 bmi1 bmi2 f16c fma abm movbe xsave'.split(' ')

/** @type {Record<string, { march: string, flagsOf: (own: string[]) => string[] }>} by name: for gcc, and what a processor must have */
const BUILDS = {
  'x86-64-v3': { march: 'x86-64-v3', flagsOf: () => V3_FLAGS },
  // Which of them gcc has used is not known: all of them.
  native: { march: 'native', flagsOf: (own) => own }
}

// As in argon2's binding.gyp.
const SOURCES = ['argon2', 'core', 'encoding', 'opt', 'thread', 'blake2/blake2b']
const COMMON_FLAGS = ('-O3 -fPIC -pthread -fvisibility=hidden -fdata-sections -ffunction-sections -DNDEBUG -U_FORTIFY_SOURCE ' +
  '-D_FORTIFY_SOURCE=2').split(' ')
const C_FLAGS = '-std=c11 -D_GNU_SOURCE -Wno-type-limits'.split(' ')
const CXX_FLAGS = ('-std=c++17 -fexceptions -DNAPI_VERSION=8 -DNAPI_CPP_EXCEPTIONS -DNODE_ADDON_API_DISABLE_DEPRECATED ' +
  '-DNODE_API_NO_EXTERNAL_BUFFERS_ALLOWED').split(' ')
const LINK_FLAGS = '-shared -Wl,--gc-sections -Wl,-z,relro,-z,now -s'.split(' ')

const { CC = 'gcc', CXX = 'g++' } = process.env
const { values: { out }, positionals } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'dist', 'argon2') } }, allowPositionals: true
})

try {
  await main(positionals.length === 0 ? Object.keys(BUILDS) : positionals, resolve(out))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

/**
 * @param {string[]} names
 * @param {string} directory
 */
async function main (names, directory) {
  const unknown = names.filter((name) => !Object.hasOwn(BUILDS, name))
  if (unknown.length > 0) throw new Error(`There is no build ${unknown.join(', ')}: there are ${Object.keys(BUILDS).join(' and ')}.`)
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log(`Nothing to build on ${process.platform}-${process.arch}: argon2 has faster code for x86-64 only, and this script knows ` +
      'Linux. The ready-made binary stays.')
    return
  }
  const compiler = await findCompilers()
  for (const name of names) await build(name, directory, compiler)
}

/** @returns {Promise<string>} which they are, for the record */
async function findCompilers () {
  try {
    const [c] = await Promise.all([CC, CXX].map((program) => run(program, ['--version'])))
    return c?.stdout.split('\n', 1)[0] ?? CC
  } catch (error) {
    throw new Error(`There is no compiler (${CC} and ${CXX}; CC and CXX name others): install one, "apt-get install g++" on Debian. The ` +
      'service runs without, on argon2\'s ready-made binary.', { cause: error })
  }
}

/**
 * @param {string} name
 * @param {string} directory
 * @param {string} compiler
 */
async function build (name, directory, compiler) {
  const startedAt = performance.now()
  const own = readFlags()
  const { march, flagsOf } = BUILDS[name] ?? { march: name, flagsOf: () => [] }
  const flags = flagsOf(own)
  const missing = flags.filter((flag) => !own.includes(flag))
  // A binary that was never seen to hash right is not kept.
  if (missing.length > 0) {
    console.log(`${name}: left out, for this processor cannot run it (${missing.join(', ')}), and so it could not be checked.`)
    return
  }
  mkdirSync(directory, { recursive: true })
  const staging = mkdtempSync(join(directory, '.building-'))
  try {
    // Where node-gyp-build looks for it.
    const binary = join(staging, 'prebuilds', `${process.platform}-${process.arch}`, 'argon2.node')
    mkdirSync(dirname(binary), { recursive: true })
    await compile(binary, march, join(staging, 'objects'))
    rmSync(join(staging, 'objects'), { recursive: true })
    const hashes = await checkBinary(staging)
    const { version } = JSON.parse(readFileSync(require.resolve('argon2/package.json'), 'utf8'))
    const sha256 = createHash('sha256').update(readFileSync(binary)).digest('hex')
    writeFileSync(
      join(staging, 'build.json'),
      `${JSON.stringify({ argon2: version, sha256, flags, compiler, processor: cpus()[0]?.model.trim() }, undefined, 2)}\n`
    )
    // A service that runs keeps the file that it has loaded, and one that starts finds no half of one.
    const target = join(directory, name)
    // For whoever runs it, too: mkdtemp's is for its maker alone.
    chmodSync(staging, 0o755)
    rmSync(target, { recursive: true, force: true })
    renameSync(staging, target)
    console.log(`${name}: built with ${compiler} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s; ${hashes} hashes are what ` +
      `they must be. ${target}`)
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/**
 * @param {string} binary
 * @param {string} march
 * @param {string} objects a directory for them
 */
async function compile (binary, march, objects) {
  const source = dirname(require.resolve('argon2/package.json'))
  const flags = [...COMMON_FLAGS, `-march=${march}`, '-I', join(source, 'argon2', 'include')]
  const headers = ['node-addon-api', 'node-api-headers'].flatMap((name) => ['-I', require(name).include_dir.replace(/^"|"$/g, '')])
  mkdirSync(objects)
  const parts = [
    ...SOURCES.map((name) => [
      CC, ...C_FLAGS, ...flags, '-c', join(source, 'argon2', 'src', `${name}.c`), '-o', join(objects, `${basename(name)}.o`)
    ]),
    [CXX, ...CXX_FLAGS, ...flags, ...headers, '-c', join(source, 'argon2.cpp'), '-o', join(objects, 'binding.o')]
  ]
  await Promise.all(parts.map(([program = '', ...parameters]) => run(program, parameters)))
  const made = [...SOURCES.map((name) => basename(name)), 'binding'].map((name) => join(objects, `${name}.o`))
  await run(CXX, [...COMMON_FLAGS, ...LINK_FLAGS, ...made, '-o', binary])
}

/** @returns {string[]} what the processor can do, as Linux says */
function readFlags () {
  const [, flags = ''] = /^flags\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8')) ?? []
  return flags.split(' ').filter(Boolean)
}

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as Argon2 from 'argon2'
import { PACKAGE_ROOT } from '../package.ts'

/** The argon2 binary that this process loaded. */
interface Argon2Build {
  /**
   * `native` and `x86-64-v3` are made by `npm run build:argon2`; `ready-made` comes with the package and runs on any processor; `other` was
   * installed by the operator.
   */
  readonly build: 'native' | 'x86-64-v3' | 'ready-made' | 'other'
  /** Builds that exist but cannot be used, each with the reason. */
  readonly skipped: readonly string[]
}

/** The file that `npm run build:argon2` writes beside a binary. */
interface Manifest {
  /** Version of the argon2 package. */
  argon2: string
  /** CPU features that the binary needs, named as in /proc/cpuinfo. */
  flags: string[]
  /** Hash of the binary, in hex. */
  sha256: string
}

// The fastest first.
const BUILD_NAMES = ['native', 'x86-64-v3'] as const
const BUILDS_DIRECTORY = fileURLToPath(new URL('dist/argon2/', PACKAGE_ROOT))
// The path that node-gyp-build looks for.
const BINARY_PATH = join('prebuilds', `${process.platform}-${process.arch}`, 'argon2.node')

const require = createRequire(import.meta.url)
const loaded = load()

export const { argon2id, hash, verify } = loaded.argon2

export const argon2Build: Argon2Build = loaded.build

/** Loads the fastest binary that this processor supports: an unsupported one would kill the process at the first hash (SIGILL). */
function load (): { argon2: typeof Argon2, build: Argon2Build } {
  const packageDirectory = dirname(require.resolve('argon2/package.json'))
  const isPreset = process.env.ARGON2_PREBUILD !== undefined || require.cache[require.resolve('argon2')] !== undefined
  const skipped: string[] = []
  for (const name of isPreset ? [] : BUILD_NAMES) {
    const directory = join(BUILDS_DIRECTORY, name)
    if (!existsSync(directory)) continue
    try {
      assertUsable(directory, packageDirectory)
      return { argon2: loadFrom(directory), build: { build: name, skipped } }
    } catch (error) {
      skipped.push(`${name}: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`)
    }
  }
  const isReadyMade = !isPreset && !existsSync(join(packageDirectory, 'build'))
  return { argon2: require('argon2'), build: { build: isReadyMade ? 'ready-made' : 'other', skipped } }
}

/** @throws Error with the reason */
function assertUsable (directory: string, packageDirectory: string): void {
  const { argon2, flags, sha256 }: Manifest = JSON.parse(readFileSync(join(directory, 'build.json'), 'utf8'))
  const { version } = JSON.parse(readFileSync(join(packageDirectory, 'package.json'), 'utf8'))
  if (argon2 !== version) throw new Error(`built from argon2 ${argon2}, but ${version} is installed`)
  const cpuFlags = new Set(/^flags\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' '))
  const missing = flags.filter((flag) => !cpuFlags.has(flag))
  if (missing.length > 0) throw new Error(`this processor lacks ${missing.join(', ')}`)
  // A truncated file would load, and then kill the process (SIGBUS).
  const actualSha256 = createHash('sha256').update(readFileSync(join(directory, BINARY_PATH))).digest('hex')
  if (actualSha256 !== sha256) throw new Error('the binary does not match its manifest')
}

/**
 * Sets node-gyp-build's variable just for this call, so that child processes do not inherit it. If loading throws, Node drops the package
 * from its cache, and the next build can be tried.
 */
function loadFrom (directory: string): typeof Argon2 {
  process.env.ARGON2_PREBUILD = directory
  try {
    return require('argon2')
  } finally {
    delete process.env.ARGON2_PREBUILD
  }
}

/** What a hash costs to make or verify. */
export interface Argon2Cost {
  readonly memoryKib: number
  readonly passes: number
  readonly parallelism: number
}

// The highest values that our settings accept (1 GiB): an imported hash could otherwise ask for all the memory, for minutes.
const MAX_COST: Argon2Cost = { memoryKib: 1_048_576, passes: 16, parallelism: 16 }

// argon2id version 19 only; salt of 8 to 48 bytes, hash of 16 to 64 bytes.
const PHC = /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{22,86}$/

/**
 * Reads the cost of a stored hash, so that it is known before it is paid.
 *
 * @param hash a PHC string (github.com/P-H-C/phc-string-format)
 * @returns the cost; undefined if the string is malformed or a value is out of bounds
 */
export function parsePhc (hash: string): Argon2Cost | undefined {
  const match = PHC.exec(hash)
  if (match === null) return undefined
  const [memoryKib, passes, parallelism] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const isBounded = memoryKib <= MAX_COST.memoryKib && passes <= MAX_COST.passes && parallelism <= MAX_COST.parallelism
  // RFC 9106 3.1: at least eight blocks for each lane, or argon2 throws.
  return isBounded && memoryKib >= 8 * parallelism ? { memoryKib, passes, parallelism } : undefined
}

/** Writes a PHC string. */
export function formatPhc ({ memoryKib, passes, parallelism }: Argon2Cost, salt: Buffer, hash: Buffer): string {
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${toUnpaddedBase64(salt)}$${toUnpaddedBase64(hash)}`
}

function toUnpaddedBase64 (bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type * as Argon2 from 'argon2'

/** Which binary of argon2 hashes here. */
export interface Argon2Build {
  /**
   * `native` and `x86-64-v3` are those of `npm run build:argon2`; `ready-made` comes with the package, for any processor; `other` is
   * what somebody has put in its place.
   */
  readonly build: 'native' | 'x86-64-v3' | 'ready-made' | 'other'
  /** Those that were built and could not be taken, with the reason. */
  readonly skipped: readonly string[]
}

/** What `npm run build:argon2` writes down beside a binary. */
interface Manifest {
  /** The version of the package. */
  argon2: string
  /** What a processor must have, as /proc/cpuinfo calls it. */
  flags: string[]
  /** Of the binary, in hex. */
  sha256: string
}

// The fastest first.
const NAMES = ['native', 'x86-64-v3'] as const
// From src and from dist it is the same one.
const DIRECTORY = fileURLToPath(new URL('../../dist/argon2/', import.meta.url))
// In each of them, where node-gyp-build looks.
const BINARY = join('prebuilds', `${process.platform}-${process.arch}`, 'argon2.node')

const require = createRequire(import.meta.url)
const loaded = load()

/** See the package. */
export const { argon2id, hash, verify } = loaded.argon2

export const argon2Build: Argon2Build = loaded.chosen

/** Loads the fastest binary that this processor can run: one that it cannot run would end the process at the first hash (SIGILL). */
function load (): { argon2: typeof Argon2, chosen: Argon2Build } {
  const home = dirname(require.resolve('argon2/package.json'))
  const isChosenElsewhere = process.env.ARGON2_PREBUILD !== undefined || require.cache[require.resolve('argon2')] !== undefined
  const skipped: string[] = []
  for (const name of isChosenElsewhere ? [] : NAMES) {
    const directory = join(DIRECTORY, name)
    if (!existsSync(directory)) continue
    try {
      assertUsable(directory, home)
      return { argon2: loadFrom(directory), chosen: { build: name, skipped } }
    } catch (error) {
      skipped.push(`${name}: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`)
    }
  }
  const isReadyMade = !isChosenElsewhere && !existsSync(join(home, 'build'))
  return { argon2: require('argon2'), chosen: { build: isReadyMade ? 'ready-made' : 'other', skipped } }
}

/** @throws with the reason */
function assertUsable (directory: string, home: string): void {
  const { argon2, flags, sha256 }: Manifest = JSON.parse(readFileSync(join(directory, 'build.json'), 'utf8'))
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
  if (argon2 !== version) throw new Error(`it is argon2 ${argon2}, and ${version} is installed`)
  const own = new Set(/^flags\s*:\s*(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' '))
  const missing = flags.filter((flag) => !own.has(flag))
  if (missing.length > 0) throw new Error(`this processor lacks ${missing.join(', ')}`)
  // Half a file would be loaded, and then end the process (SIGBUS).
  if (createHash('sha256').update(readFileSync(join(directory, BINARY))).digest('hex') !== sha256) throw new Error('its file is not what was built')
}

/** By node-gyp-build's own variable, which nobody else shall see. What cannot be loaded throws, and Node forgets the package again. */
function loadFrom (directory: string): typeof Argon2 {
  process.env.ARGON2_PREBUILD = directory
  try {
    return require('argon2')
  } finally {
    delete process.env.ARGON2_PREBUILD
  }
}

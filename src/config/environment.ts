// The sources of settings, the environment and .env, and names in them that are probably misspelled settings.
import { isUtf8 } from 'node:buffer'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ConfigError } from './values.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const SECRETS = ['DATABASE_URL', 'DATABASE_LISTEN_URL', 'SECRET_KEYS', 'ADMIN_PASSWORD', 'FEED_TOKEN', 'SMTP_URL']

/** Names of other programs that resemble ours. */
const FOREIGN_NAMES = new Set(['ACCESS_TOKEN'])
/** Shorter names resemble too much. */
const MIN_LENGTH = 6
/** Names of this length may have two typing errors. */
const LONG_LENGTH = 10
const BYTE_ORDER_MARK = '\uFEFF'

/** The settings, with a sentence for each likely mistake. */
interface LoadedEnvironment {
  environment: Environment
  warnings: string[]
}

/**
 * Adds the settings of `.env` in the working directory that the environment leaves out.
 *
 * @param known the names of all settings
 * @param environment of the process
 * @throws ConfigError where `.env` cannot be read, is not UTF-8, or has a misspelled setting; see `checkSettingNames`
 */
export function loadEnvironment (known: readonly string[], environment: Environment): LoadedEnvironment {
  const { faults: [fault], ...loaded } = inspectEnvironment(known, environment)
  if (fault !== undefined) throw new ConfigError(fault)
  return loaded
}

/**
 * The same, but with all misspelled settings of `.env` as `faults`.
 *
 * @throws ConfigError where `.env` cannot be read, or is not UTF-8
 */
export function inspectEnvironment (known: readonly string[], environment: Environment): LoadedEnvironment & { faults: string[] } {
  if (!existsSync('.env')) return { environment, ...findMisspelled(known, environment, {}) }
  const { UV_THREADPOOL_SIZE: threads, ...file } = readEnvFile()
  const { warnings, faults } = findMisspelled(known, environment, file)
  if (threads !== undefined) warnings.push('UV_THREADPOOL_SIZE in .env comes too late and has no effect: set it in the environment.')
  const isReadableByOthers = process.platform !== 'win32' && (statSync('.env').mode & 0o077) !== 0
  const secrets = SECRETS.filter((name) => file[name] !== undefined && file[name] !== '')
  if (isReadableByOthers && secrets.length > 0) {
    warnings.push(`${secrets.join(', ')} in .env can be read by other users of this machine: run "chmod 600 .env".`)
  }
  return { environment: { ...file, ...environment }, warnings, faults }
}

/** Decoded wrongly, settings would be lost silently: the first one after a byte order mark, all of them in UTF-16. */
function readEnvFile (): Environment {
  let bytes
  try {
    bytes = readFileSync('.env')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new ConfigError(`.env cannot be read (${code}).`, { cause: error })
  }
  const text = decodeText(bytes)
  if (text === undefined) throw new ConfigError('.env is not UTF-8 text: save it as UTF-8.')
  return parseEnv(text)
}

/**
 * Finds the setting that a name probably means: the name is its prefix, or equal but for case and dashes, or one or two typing errors away.
 *
 * @param known the names of all settings
 * @returns undefined for the name of a setting, and for a name that resembles none
 */
function findIntended (name: string, known: readonly string[]): string | undefined {
  if (name.length < MIN_LENGTH || FOREIGN_NAMES.has(name) || known.includes(name)) return undefined
  const upper = name.toUpperCase().replaceAll('-', '_')
  const maxErrors = upper.length < LONG_LENGTH ? 1 : 2
  return known.find((setting) => setting === upper || (upper.includes('_') && setting.startsWith(`${upper}_`))) ??
    known.find((setting) => Math.abs(setting.length - upper.length) <= maxErrors && isWithin(maxErrors, upper, setting))
}

/**
 * Looks for misspelled settings.
 *
 * @param environment of the process, most names of which are not ours: a misspelled one is a warning, unless the setting itself is set
 * @param file the contents of `.env`
 * @returns a sentence for each name that is probably misspelled
 * @throws ConfigError for one in `.env` where the setting itself is not set
 */
export function checkSettingNames (known: readonly string[], environment: Environment, file: Environment): string[] {
  const { warnings, faults: [fault] } = findMisspelled(known, environment, file)
  if (fault !== undefined) throw new ConfigError(fault)
  return warnings
}

function findMisspelled (known: readonly string[], environment: Environment, file: Environment): { warnings: string[], faults: string[] } {
  const isSet = (name: string) => [environment[name], file[name]].some((value) => value !== undefined && value !== '')
  const warnings: string[] = []
  const faults: string[] = []
  for (const name of Object.keys(file)) {
    const intended = findIntended(name, known)
    if (intended === undefined) continue
    if (!isSet(intended)) {
      faults.push(`${name} in .env is not a setting: write ${intended} if you mean that, or set that as well if not.`)
    } else {
      warnings.push(`${name} in .env is not a setting and has no effect: do you mean ${intended}?`)
    }
  }
  for (const name of Object.keys(environment)) {
    const intended = name in file ? undefined : findIntended(name, known)
    if (intended === undefined || isSet(intended)) continue
    warnings.push(`${name} in the environment is not a setting and has no effect: do you mean ${intended}?`)
  }
  return { warnings, faults }
}

/** Optimal string alignment: whether so many insertions, deletions, replacements, and swaps of neighbours make one of the other. */
function isWithin (maxErrors: number, a: string, b: string): boolean {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity
  for (let row = 1; row <= a.length; row++) {
    const line = rows[row] = [row]
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1]
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      const [deleted, inserted, replaced] = [at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + (isSame ? 0 : 1)]
      line.push(Math.min(deleted, inserted, replaced, isSwapped ? at(row - 2, column - 2) + 1 : Infinity))
    }
    // No later row has a smaller one: most names resemble nothing after a few letters.
    if (Math.min(...line) > maxErrors) return false
  }
  return at(a.length, b.length) <= maxErrors
}

/**
 * Decodes bytes that come from an editor or a shell.
 *
 * @returns the text without a byte order mark; undefined where the bytes are not UTF-8, or contain NUL, as UTF-16 does
 */
export function decodeText (bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes) || bytes.includes(0)) return undefined
  const text = Buffer.from(bytes).toString('utf8')
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}

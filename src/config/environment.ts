// Where settings come from, the environment and .env, and names in them that look as if they were meant to be settings.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ConfigError } from './values.ts'
import { decodeText } from '../decode-text.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const SECRETS = ['DATABASE_URL', 'DATABASE_LISTEN_URL', 'SECRET_KEYS', 'ADMIN_PASSWORD', 'FEED_TOKEN']

/** Of other programs, however much they look like ours. */
const OTHERS = new Set(['ACCESS_TOKEN'])
const SHORTEST = 6
/** Names so long may have two slips in them. */
const LONG = 10

/**
 * @param known every setting
 * @param environment of the process
 * @returns it, with what `.env` in the working directory adds, and a sentence for whatever is doubtful there
 * @throws ConfigError where `.env` cannot be read, or is not UTF-8; see `checkNames`
 */
export function addEnvFile (known: readonly string[], environment: Environment): { environment: Environment, warnings: string[] } {
  if (!existsSync('.env')) return { environment, warnings: checkNames(known, environment, {}) }
  const { UV_THREADPOOL_SIZE: threads, ...file } = readEnvFile()
  const warnings = checkNames(known, environment, file)
  if (threads !== undefined) warnings.push('UV_THREADPOOL_SIZE in .env comes too late, and has no effect: set it in the environment.')
  const isOpen = process.platform !== 'win32' && (statSync('.env').mode & 0o077) !== 0
  const secrets = SECRETS.filter((name) => file[name] !== undefined && file[name] !== '')
  if (isOpen && secrets.length > 0) warnings.push(`${secrets.join(', ')} in .env can be read by other users of this machine: run "chmod 600 .env".`)
  return { environment: { ...file, ...environment }, warnings }
}

/** Read wrongly, its settings would be lost without a word: with a byte order mark the first one, in UTF-16 all of them. */
function readEnvFile (): Environment {
  let bytes
  try {
    bytes = readFileSync('.env')
  } catch (error) {
    throw new ConfigError(`.env cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'}).`, { cause: error })
  }
  const text = decodeText(bytes)
  if (text === undefined) throw new ConfigError('.env is not UTF-8 text: save it as UTF-8.')
  return parseEnv(text)
}

/**
 * @param name as somebody wrote it
 * @param known every setting
 * @returns the setting that was meant, where `name` is none and is near to one: its beginning, in other letters, or a slip or two away
 */
export function findMeant (name: string, known: readonly string[]): string | undefined {
  if (name.length < SHORTEST || OTHERS.has(name) || known.includes(name)) return undefined
  const upper = name.toUpperCase().replaceAll('-', '_')
  const slips = upper.length < LONG ? 1 : 2
  return known.find((setting) => setting === upper || (upper.includes('_') && setting.startsWith(`${upper}_`))) ??
    known.find((setting) => Math.abs(setting.length - upper.length) <= slips && distance(upper, setting) <= slips)
}

/**
 * @param environment of the process, which is full of names that are nothing to us: a slip is warned of, unless the setting is there
 * @param file what `.env` holds, which is ours, if not ours alone
 * @returns a sentence for each name that is probably a slip
 * @throws ConfigError for one in `.env` in whose place there is nothing
 */
export function checkNames (known: readonly string[], environment: Environment, file: Environment): string[] {
  const isSet = (name: string) => [environment[name], file[name]].some((value) => value !== undefined && value !== '')
  const warnings: string[] = []
  for (const name of Object.keys(file)) {
    const meant = findMeant(name, known)
    if (meant === undefined) continue
    if (!isSet(meant)) throw new ConfigError(`${name} in .env is no setting: write ${meant} if that is meant, or set that as well if it is not.`)
    warnings.push(`${name} in .env is no setting, and has no effect: is ${meant} meant?`)
  }
  for (const name of Object.keys(environment)) {
    const meant = name in file ? undefined : findMeant(name, known)
    if (meant !== undefined && !isSet(meant)) warnings.push(`${name} in the environment is no setting, and has no effect: is ${meant} meant?`)
  }
  return warnings
}

/** How many characters to put in, take out, replace, or swap with their neighbour. */
function distance (a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity
  for (let row = 1; row <= a.length; row++) {
    const line = rows[row] = [row]
    for (let column = 1; column <= b.length; column++) {
      const isSame = a[row - 1] === b[column - 1]
      const isSwapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      line.push(Math.min(at(row - 1, column) + 1, at(row, column - 1) + 1, at(row - 1, column - 1) + (isSame ? 0 : 1), isSwapped ? at(row - 2, column - 2) + 1 : Infinity))
    }
  }
  return at(a.length, b.length)
}

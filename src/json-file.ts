// Files that settings name.
import { readFile } from 'node:fs/promises'
import { ConfigError, decodeText } from './config/index.ts'
import { findJsonFault } from './http/index.ts'

/**
 * Reads a JSON file, and refuses what a parser would guess about, such as a member that is there twice.
 *
 * @param setting the name of the setting, for errors
 * @throws ConfigError with one sentence
 */
export async function readJsonFile (setting: string, file: string): Promise<unknown> {
  const text = decodeText(await readFile(file).catch((error: unknown) => { throw toUnreadable(setting, error) }))
  if (text === undefined) throw new ConfigError(`${setting} is not UTF-8 text: save it as UTF-8.`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw toUnreadable(setting, error)
  }
  const fault = findJsonFault(text)
  if (fault !== undefined) throw new ConfigError(`${setting}: ${fault.path.slice(1)} ${fault.message}.`)
  return value
}

export function toUnreadable (setting: string, error: unknown): ConfigError {
  const [reason] = error instanceof Error ? error.message.split('\n', 1) : [String(error)]
  return new ConfigError(`${setting} cannot be read (${reason}).`, { cause: error })
}

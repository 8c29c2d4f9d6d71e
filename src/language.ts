// The language of mails and of the pages that they lead to: one of ours, or the team's own, from a file.
import type { Config } from './config/index.ts'
import { ConfigError } from './config/index.ts'
import { readJsonFile } from './json-file.ts'
import { de, en, findLanguageFault, isLanguage, type Language } from './languages/index.ts'

const LANGUAGES: ReadonlyMap<string, Language> = new Map([en, de].map((language) => [language.code, language]))

/**
 * Opens the language of MAIL_LANGUAGE.
 *
 * @throws ConfigError with one sentence that names what its file lacks
 */
export async function openLanguage ({ mail }: Pick<Config, 'mail'>): Promise<Language> {
  const known = LANGUAGES.get(mail.language)
  if (known !== undefined) return known
  const value = await readJsonFile('MAIL_LANGUAGE', mail.language)
  if (!isLanguage(value)) throw new ConfigError(`MAIL_LANGUAGE: ${mail.language} ${findLanguageFault(value)}.`)
  return value
}

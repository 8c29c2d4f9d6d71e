import { en } from './en.ts'
import type { Language } from './language.ts'

/** Of one text. */
const MAX_LENGTH = 2_000

/** BCP 47, as far as languages, scripts and regions go. */
const CODE = /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/

export function isLanguage (value: unknown): value is Language {
  return findLanguageFault(value) === undefined
}

/**
 * Compares a translation with the English one: what that has, it must have.
 *
 * @param value as JSON
 * @returns the first fault as the end of a sentence, such as `lacks "mails.invitation.subject"`
 */
export function findLanguageFault (value: unknown): string | undefined {
  const fault = findShapeFault(value, en, '')
  if (fault !== undefined) return fault
  const { code, mails, pages } = value as { code: string, mails: Record<string, unknown>, pages: unknown }
  if (!isLanguageTag(code)) return 'has a "code" that is no language tag, such as fr or pt-BR'
  for (const [name, texts] of Object.entries(en.mails)) {
    const known = ['app', ...findPlaceholders(texts)]
    const unknown = findPlaceholders(mails[name]).find((placeholder) => !known.includes(placeholder))
    if (unknown !== undefined) return `has {${unknown}} in "mails.${name}", which stands for nothing`
    // A mail with a link has its code in the text; a button is not in the text part.
    const { button: _button, ...read } = mails[name] as { button?: string }
    if (known.includes('code') && !findPlaceholders(read).includes('code')) return `lacks {code} in "mails.${name}"`
  }
  return findPlaceholderFault(pages, en.pages, 'pages')
}

/** The pages format durations in it. */
function isLanguageTag (code: string): boolean {
  try {
    return CODE.test(code) && Intl.getCanonicalLocales(code).length === 1
  } catch {
    return false
  }
}

/** In a text of a page stands what stands in the English one, and the name of the service. */
function findPlaceholderFault (value: unknown, example: string | object, path: string): string | undefined {
  if (typeof example === 'string') {
    const [needed, found] = [findPlaceholders(example), findPlaceholders(value)]
    const unknown = found.find((placeholder) => placeholder !== 'app' && !needed.includes(placeholder))
    if (unknown !== undefined) return `has {${unknown}} in "${path}", which stands for nothing`
    const lost = needed.find((placeholder) => placeholder !== 'app' && !found.includes(placeholder))
    return lost === undefined ? undefined : `lacks {${lost}} in "${path}"`
  }
  const members = new Map<string, unknown>(Object.entries(value ?? {}))
  const faults = Object.entries(example).map(([name, part]) => findPlaceholderFault(members.get(name), part, `${path}.${name}`))
  return faults.find((fault) => fault !== undefined)
}

function findShapeFault (value: unknown, example: unknown, path: string): string | undefined {
  if (value === undefined) return `lacks "${path}"`
  if (typeof example === 'string') return isText(value) ? undefined : `must have text as "${path}"`
  if (Array.isArray(example)) return isParagraphs(value) ? undefined : `must have a list of texts as "${path}"`
  if (typeof example !== 'object' || example === null) return undefined
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return `must be an object${path === '' ? '' : ` as "${path}"`}`
  const members = new Map<string, unknown>(Object.entries(value))
  const toPath = (name: string) => path === '' ? name : `${path}.${name}`
  for (const [name, part] of Object.entries(example)) {
    const fault = findShapeFault(members.get(name), part, toPath(name))
    if (fault !== undefined) return fault
  }
  const unknown = [...members.keys()].find((name) => !(name in example))
  return unknown === undefined ? undefined : `has "${toPath(unknown)}", which is not used`
}

function isParagraphs (value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isText)
}

/** In one line: a control character in a subject is no business of a translation. */
function isText (value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_LENGTH && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(value)
}

function findPlaceholders (texts: unknown): string[] {
  return Array.from(JSON.stringify(texts).matchAll(/\{(\w+)\}/g), ([, name = '']) => name)
}

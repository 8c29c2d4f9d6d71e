import { domainToASCII, domainToUnicode } from 'node:url'
import { InvalidRequestError } from '../errors.ts'

/** RFC 5321 4.5.3.1.3, without the angle brackets. */
const MAX_EMAIL_LENGTH = 254

// Format characters, fillers, joiners, variation selectors, tags, and blank characters that Unicode classes as letters or symbols.
const INVISIBLE = '\\p{Cf}\\u{1107f}\\p{Default_Ignorable_Code_Point}\\u{16fe4}\\u2800\\u{13441}\\u{13442}\\u{1d159}'

// From the first visible character to the last. Linear: `.*` backtracks once, from the end. A pattern for trailing blanks would not be.
const VISIBLE = new RegExp(`[^\\s${INVISIBLE}].*[^\\s${INVISIBLE}]|[^\\s${INVISIBLE}]`, 'su')
const PLAIN = /^(?!.*xn--)[!-~]*$/i
const LOCAL_PART = new RegExp(`^(?!\\p{M})[^\\s@"(),:;<>[\\\\\\]\\p{C}${INVISIBLE}]{1,64}$`, 'u')
// RFC 1035 2.3.1, with digits first (RFC 1123 2.1).
const ASCII_DOMAIN = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/
// Letters, marks and digits of any script, and the contextual characters of IDNA 2008 (RFC 5892 A); `domainToASCII` checks the joiners.
const DOMAIN = new RegExp(`^(?:(?![${INVISIBLE}])[\\p{L}\\p{M}\\p{N}.\\u00b7\\u0375\\u05f3\\u05f4\\u30fb-]|[\\u200c\\u200d])+$`, 'u')

/**
 * Normalizes an e-mail for comparison. These make no difference: invisible characters around it, case in every script (`ς` and `σ`, `ß` and
 * `ss`), Unicode's compatibility forms, and a domain in Unicode or in ASCII (`xn--…`).
 *
 * @param email as the user typed it
 * @returns the normalized e-mail, idempotent; for text that is no e-mail, a string that no account has
 */
export function normalizeEmail (email: string): string {
  if (PLAIN.test(email)) return email.toLowerCase()
  const { localPart, at, domain, asciiDomain } = splitEmail(email)
  return `${localPart}${at}${asciiDomain ?? domain}`
}

/** The e-mail of an account. */
export interface Email {
  /** As the user typed it. */
  readonly display: string
  /** See `normalizeEmail`. */
  readonly normalized: string
}

/**
 * Parses the e-mail of a new account.
 *
 * @param email as the user typed it; invisible characters around it are removed
 * @throws InvalidRequestError when it is no e-mail, or has invisible characters inside
 */
export function parseEmail (email: string): Email {
  const display = trimInvisible(email)
  const { localPart, at, asciiDomain = '' } = splitEmail(email)
  const normalized = `${localPart}${at}${asciiDomain}`
  const isShort = display.length <= MAX_EMAIL_LENGTH && normalized.length <= MAX_EMAIL_LENGTH
  if (!isShort || !LOCAL_PART.test(localPart) || !ASCII_DOMAIN.test(asciiDomain)) {
    throw new InvalidRequestError({ errors: [{ path: '/email', message: 'must be an e-mail address' }] })
  }
  return { display, normalized }
}

/** The e-mail of an account that exists. @param email as the account has it */
export function toEmail (email: string): Email {
  return { display: email, normalized: normalizeEmail(email) }
}

/**
 * Whether text is an e-mail, its local part or its domain (Unicode or ASCII), in any spelling.
 *
 * @param text any text
 * @param email of an account
 */
export function isPartOfEmail (text: string, email: string): boolean {
  const normalized = normalizeEmail(email)
  return [normalized, ...normalized.split('@'), ...foldText(email).split('@')].includes(normalizeEmail(text))
}

/** Trims invisible characters, and removes differences of compatibility form and case (the classes of Unicode's full case folding). */
function foldText (text: string): string {
  return foldCase(trimInvisible(text.normalize('NFKC')))
}

function splitEmail (email: string): { localPart: string, at: string, domain: string, asciiDomain: string | undefined } {
  const text = trimInvisible(email.normalize('NFKC'))
  const position = text.lastIndexOf('@')
  if (position < 0) return { localPart: foldCase(text), at: '', domain: '', asciiDomain: undefined }
  const domain = text.slice(position + 1)
  return { localPart: foldCase(text.slice(0, position)), at: '@', domain, asciiDomain: toAsciiDomain(domain) }
}

function trimInvisible (text: string): string {
  return VISIBLE.exec(text)?.[0] ?? ''
}

// JavaScript has no case folding: ẞ in lower case is ß, and ß in upper case is SS. ı in upper case is I, but in Unicode ı and i differ.
function foldCase (text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase()
  const parts = text.normalize('NFKD').split('ı')
  return parts.map((part) => part.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')).join('ı').normalize('NFKC')
}

/**
 * UTS 46, non-transitional: `ß` and `ς` are kept. Node's function would also accept percent signs, ports and paths, drop invisible
 * characters and convert IPv4 numbers: the pattern, and the appended label, prevent it. Decoded `xn--` labels must match the pattern, too.
 */
function toAsciiDomain (domain: string): string | undefined {
  if (PLAIN.test(domain)) return domain.toLowerCase()
  if (domain.length > MAX_EMAIL_LENGTH || !DOMAIN.test(domain)) return undefined
  const ascii = domainToASCII(`${domain}.a`)
  return ascii !== '' && DOMAIN.test(domainToUnicode(ascii)) ? ascii.slice(0, -'.a'.length) : undefined
}

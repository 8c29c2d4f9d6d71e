import { domainToASCII, domainToUnicode } from 'node:url'
import { InvalidRequestError } from '../errors.ts'

/** RFC 5321 4.5.3.1.3, less the angle brackets. */
export const MAX_EMAIL_LENGTH = 254

// What nobody sees: format characters, fillers, joiners, variation selectors, tags, and what is blank though called a letter or a sign.
const INVISIBLE = '\\p{Cf}\\u{1107f}\\p{Default_Ignorable_Code_Point}\\u{16fe4}\\u2800\\u{13441}\\u{13442}\\u{1d159}'

/**
 * For JSON schemas, as loose as it may be: `parseEmail` says what an e-mail is. Pasted line breaks may stand around it, and no other
 * control character, which no response and no log should meet. Each part begins where the one before must end: linear.
 */
export const EMAIL_PATTERN = '^[\\s\\p{Cf}]*[^\\s\\p{Cc}\\p{Cf}\\p{Cs}](?:[^\\p{Cc}\\p{Cs}]*[^\\s\\p{Cc}\\p{Cf}\\p{Cs}])?[\\s\\p{Cf}]*$'

// From the first that is seen to the last; `.*` takes all and gives back from the end: linear, other than a pattern for the end alone.
const SEEN = new RegExp(`[^\\s${INVISIBLE}].*[^\\s${INVISIBLE}]|[^\\s${INVISIBLE}]`, 'su')
const PLAIN = /^(?!.*xn--)[!-~]*$/i
const LOCAL_PART = new RegExp(`^(?!\\p{M})[^\\s@"(),:;<>[\\\\\\]\\p{C}${INVISIBLE}]{1,64}$`, 'u')
// RFC 1035 2.3.1, with digits first (RFC 1123 2.1).
const ASCII_DOMAIN = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/
// Letters, marks and digits of any script, and what IDNA 2008 allows between some (RFC 5892 A): `domainToASCII` checks joiners.
const DOMAIN = new RegExp(`^(?:(?![${INVISIBLE}])[\\p{L}\\p{M}\\p{N}.\\u00b7\\u0375\\u05f3\\u05f4\\u30fb-]|[\\u200c\\u200d])+$`, 'u')

/**
 * Reduces an e-mail to what accounts are compared by. What is around it and cannot be seen, case in every script (`ς` and `σ`, `ß` and
 * `ss`), Unicode's compatibility forms and the way a domain is written (`xn--…`) say nothing.
 *
 * @param email as somebody wrote it
 * @returns the key, stable under another go; of something that is no e-mail, one that no account has
 */
export function emailKey (email: string): string {
  if (PLAIN.test(email)) return email.toLowerCase()
  const { localPart, at, domain, asciiDomain } = read(email)
  return `${localPart}${at}${asciiDomain ?? domain}`
}

/** The e-mail of an account: as its user wrote it, and what it is compared by. */
export interface Email {
  readonly written: string
  readonly key: string
}

/**
 * Reads the e-mail of a new account.
 *
 * @param email as the user wrote it; what is around it and cannot be seen goes
 * @returns the e-mail
 * @throws InvalidRequestError when it is none, or something in it cannot be seen
 */
export function parseEmail (email: string): Email {
  const written = seen(email)
  const { localPart, at, asciiDomain = '' } = read(email)
  const key = `${localPart}${at}${asciiDomain}`
  const isShort = written.length <= MAX_EMAIL_LENGTH && key.length <= MAX_EMAIL_LENGTH
  if (!isShort || !LOCAL_PART.test(localPart) || !ASCII_DOMAIN.test(asciiDomain)) {
    throw new InvalidRequestError({ errors: [{ path: '/email', message: 'must be an e-mail address' }] })
  }
  return { written, key }
}

/**
 * Folds text as a key is: what differs only by what cannot be seen around it, by case or by compatibility forms becomes one, in the classes
 * of Unicode's full case folding.
 */
export function foldText (text: string): string {
  return foldCase(seen(text.normalize('NFKC')))
}

function read (email: string): { localPart: string, at: string, domain: string, asciiDomain: string | undefined } {
  const text = seen(email.normalize('NFKC'))
  const position = text.lastIndexOf('@')
  if (position < 0) return { localPart: foldCase(text), at: '', domain: '', asciiDomain: undefined }
  const domain = text.slice(position + 1)
  return { localPart: foldCase(text.slice(0, position)), at: '@', domain, asciiDomain: toAsciiDomain(domain) }
}

function seen (text: string): string {
  return SEEN.exec(text)?.[0] ?? ''
}

// No function does it: lower case makes ß of ẞ, upper case SS of that. Upper case makes I of ı, which Unicode tells apart from i.
function foldCase (text: string): string {
  if (PLAIN.test(text)) return text.toLowerCase()
  const parts = text.normalize('NFKD').split('ı')
  return parts.map((part) => part.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')).join('ı').normalize('NFKC')
}

/**
 * UTS 46, not transitional: `ß` and `ς` stay what they are. Node would also read percent signs, ports, paths and numbers of IPv4, and drop
 * what cannot be seen: hence the pattern before, and a label behind. The pattern holds for what is within `xn--`, too.
 */
function toAsciiDomain (domain: string): string | undefined {
  if (PLAIN.test(domain)) return domain.toLowerCase()
  if (domain.length > MAX_EMAIL_LENGTH || !DOMAIN.test(domain)) return undefined
  const ascii = domainToASCII(`${domain}.a`)
  return ascii !== '' && DOMAIN.test(domainToUnicode(ascii)) ? ascii.slice(0, -'.a'.length) : undefined
}

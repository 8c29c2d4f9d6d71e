import common from '@zxcvbn-ts/language-common'

// Settings go no lower: shorter ones are refused for that already.
const SHORTEST = 8

// Some 18,000 passwords that people choose, most popular first in the list they come from; all in lower case.
const COMMON: ReadonlySet<string> = new Set(common.dictionary['passwords-common'].filter(({ length }) => length >= SHORTEST))

/** Whether this is one of the passwords that are tried first, in whatever case. */
export function isCommonPassword (password: string): boolean {
  return COMMON.has(password.toLowerCase())
}

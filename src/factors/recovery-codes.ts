// Recovery codes: the way back of who has lost their phone. 125 random bits each, so that neither guesses nor digests need a limit.
import { createHash, randomBytes } from 'node:crypto'
import { toUuidBytes } from '../secrets/index.ts'

/** Crockford's base32: no I, L, O and U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LETTERS = 25
const GROUP = 5
const COUNT = 10

const NORMALIZED = new RegExp(`^[${ALPHABET}]{${LETTERS}}$`)

/** A code, as it is shown once, and what is stored of it. */
export interface RecoveryCode {
  /** In fives, with hyphens. */
  code: string
  /** 32 bytes. */
  digest: Buffer
}

/** @param userId UUID */
export function createRecoveryCodes (userId: string): RecoveryCode[] {
  return Array.from({ length: COUNT }, () => {
    // 256 is a multiple of 32: each letter is as likely as another.
    const letters = [...randomBytes(LETTERS)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')
    return { code: letters.match(new RegExp(`.{${GROUP}}`, 'g'))?.join('-') ?? '', digest: toDigest(userId, letters) }
  })
}

/**
 * @param text as somebody typed it from paper: in any case, with or without hyphens and spaces, with O for 0 and I or L for 1
 * @returns what is stored of the code, if it is one of this user; undefined for a text that is no code
 */
export function toRecoveryCodeDigest (userId: string, text: string): Buffer | undefined {
  const letters = text.replace(/[\s\p{Pd}]/gu, '').toUpperCase().replaceAll('O', '0').replace(/[IL]/g, '1')
  return NORMALIZED.test(letters) ? toDigest(userId, letters) : undefined
}

/** The same code of two users has two digests, so one cannot see in the table who shares one. */
function toDigest (userId: string, letters: string): Buffer {
  return createHash('sha256').update(toUuidBytes(userId)).update(letters).digest()
}

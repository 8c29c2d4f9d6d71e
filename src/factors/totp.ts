// Time-based one-time passwords (RFC 6238) on HOTP (RFC 4226), as every authenticator app knows them: HMAC-SHA1, six digits, 30 seconds.
import { createHmac, timingSafeEqual } from 'node:crypto'

/** How long a code is shown. */
export const STEP_SECONDS = 30

/** Codes of so many steps before and after are right, too (RFC 6238 5.2): clocks differ, and people are slow. */
export const DRIFT_STEPS = 1

const DIGITS = 6

/** RFC 4648 6 */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The label of an entry in the app. */
interface Label {
  /** The name of the service. */
  issuer: string
  /** The e-mail of the user. */
  account: string
}

/** @returns RFC 4226 5.3: the code of a counter */
export function toHotp (secret: Buffer, counter: number, digits = DIGITS): string {
  const message = Buffer.alloc(8)
  message.writeBigUInt64BE(BigInt(counter))
  const digest = createHmac('sha1', secret).update(message).digest()
  const offset = digest.readUInt8(digest.length - 1) & 0xf
  const number = digest.readUInt32BE(offset) & 0x7fffffff
  return String(number % 10 ** digits).padStart(digits, '0')
}

/**
 * Finds the time step of a code. Every candidate is compared, and in constant time.
 *
 * @param code what the user typed
 * @param step the step of now: seconds since 1970, divided by STEP_SECONDS
 * @param drift how many steps before and after are looked at
 * @returns the step nearest to now; undefined for a wrong code
 */
export function findStep (secret: Buffer, code: string, { step, drift }: { step: number, drift: number }): number | undefined {
  const given = Buffer.from(code)
  let found: number | undefined
  for (let distance = drift; distance >= 0; distance--) {
    for (const candidate of [step + distance, Math.max(0, step - distance)]) {
      const expected = Buffer.from(toHotp(secret, candidate))
      if (expected.length === given.length && timingSafeEqual(expected, given)) found = candidate
    }
  }
  return found
}

/** Base32 without padding (RFC 4648 6), which apps let users type. */
export function toBase32 (bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? []).map((group) => ALPHABET[Number.parseInt(group.padEnd(5, '0'), 2)]).join('')
}

/** The content of a QR code: https://github.com/google/google-authenticator/wiki/Key-Uri-Format */
export function toOtpauthUri (secret: Buffer, { issuer, account }: Label): string {
  // A colon ends the name, even an encoded one.
  const name = encodeURIComponent(issuer.replaceAll(':', ' '))
  const label = `${name}:${encodeURIComponent(account)}`
  return `otpauth://totp/${label}?secret=${toBase32(secret)}&issuer=${name}&algorithm=SHA1&digits=${DIGITS}&period=${STEP_SECONDS}`
}

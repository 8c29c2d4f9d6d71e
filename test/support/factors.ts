// Authenticator apps, passkeys and recovery codes of tests.
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../src/database/index.ts'
import { toHotp } from '../../src/factors/totp.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * What an authenticator app shows.
 *
 * @param secret base32, as somebody has typed it
 * @param steps of 30 s, before or after now
 */
export function showCode (secret: string, steps = 0): string {
  const bits = [...secret].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))
  return toHotp(Buffer.from(bytes), Math.floor(Date.now() / 30_000) + steps)
}

/** Inserts a passkey that no authenticator has. @returns its id */
export async function insertPasskey (database: Database, userId: string, name = 'phone'): Promise<string> {
  const id = uuidv7()
  await database.kysely.insertInto('passkeys')
    .values({ id, user_id: userId, credential_id: Buffer.from(id), public_key: Buffer.from('key'), rp_id: 'example.com', name })
    .execute()
  return id
}

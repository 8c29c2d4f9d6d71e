/** What a hash costs. */
export interface Argon2Cost {
  readonly memoryKib: number
  readonly passes: number
  readonly parallelism: number
}

// 1 GiB, and what else the settings allow: a hash from elsewhere could ask for minutes and all the memory there is.
const MAX_COST: Argon2Cost = { memoryKib: 1_048_576, passes: 16, parallelism: 16 }

// Version 19 of argon2id and nothing else; salt of 8 to 48 bytes, hash of 16 to 64.
const PHC = /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d?),p=([1-9]\d?)\$[A-Za-z0-9+/]{11,64}\$[A-Za-z0-9+/]{22,86}$/

/**
 * Reads what a stored hash would cost to verify, so that this is known before it is paid.
 *
 * @param hash a PHC string (github.com/P-H-C/phc-string-format)
 * @returns its cost, or undefined when it is malformed or beyond all bounds
 */
export function parsePhc (hash: string): Argon2Cost | undefined {
  const match = PHC.exec(hash)
  if (match === null) return undefined
  const [memoryKib, passes, parallelism] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const isBounded = memoryKib <= MAX_COST.memoryKib && passes <= MAX_COST.passes && parallelism <= MAX_COST.parallelism
  // RFC 9106 3.1: at least eight blocks for each lane, or argon2 throws.
  return isBounded && memoryKib >= 8 * parallelism ? { memoryKib, passes, parallelism } : undefined
}

/** Writes a PHC string. */
export function formatPhc ({ memoryKib, passes, parallelism }: Argon2Cost, salt: Buffer, hash: Buffer): string {
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`
}

function unpadded (bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}

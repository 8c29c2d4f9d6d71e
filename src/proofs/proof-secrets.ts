import { createHmac, timingSafeEqual } from 'node:crypto'
import { PROOF_PURPOSES, type ProofPurpose } from '../accounts/index.ts'
import { deriveKeys, type DerivedKey } from '../secrets/index.ts'

/** What links, codes and handles are made of, and read with: nothing of them is stored. */
export interface ProofSecrets {
  /** The token of a link: 50 letters of base64url. */
  toToken (proof: ProofId): string
  /** Eight digits. */
  toCode (proof: ProofId): string
  /** What a client shows together with a code: it opens nothing alone. */
  toHandle (proof: ProofId): string
  /** @returns undefined for a text that is no token of ours for one of the purposes: found without a query */
  parseToken (text: string, purposes: readonly ProofPurpose[]): ProofId | undefined
  /** @returns undefined for a text that is no handle of ours for the purpose */
  parseHandle (text: string, purpose: ProofPurpose): ProofId | undefined
  isCode (code: string, proof: ProofId): boolean
}

export interface ProofId {
  /** UUID */
  readonly id: string
  readonly purpose: ProofPurpose
}

const VERSION = 1
const ID_BYTES = 16
/** 160 bits */
const MAC_BYTES = 20
const TOKEN_BYTES = 1 + ID_BYTES + MAC_BYTES
/** Of tokens and handles. */
export const TOKEN_LENGTH = Math.ceil(TOKEN_BYTES * 8 / 6)
const CODE_DIGITS = 8

type Kind = 'token' | 'code' | 'handle'

/**
 * @param options SECRET_KEYS: the first one makes, and each of them reads; the issuer, so that services with the same secret do not share
 *   links
 */
export function createProofSecrets ({ secretKeys, issuer }: { secretKeys: readonly Buffer[], issuer: string }): ProofSecrets {
  const keys = new Map<string, readonly DerivedKey[]>()
  for (const kind of ['token', 'code', 'handle'] as const) {
    for (const purpose of PROOF_PURPOSES) {
      keys.set(`${kind} ${purpose}`, deriveKeys({ secretKeys, purpose: `mail ${kind} ${purpose}`, issuer }))
    }
  }

  function keysOf (kind: Kind, purpose: ProofPurpose): readonly DerivedKey[] {
    return keys.get(`${kind} ${purpose}`) ?? []
  }

  function firstKey (kind: Kind, purpose: ProofPurpose): Buffer {
    const [first] = keysOf(kind, purpose)
    if (first === undefined) throw new Error('proofs need a secret key')
    return first.key
  }

  function format (kind: Kind, { id, purpose }: ProofId): string {
    const bytes = toIdBytes(id)
    return Buffer.concat([Buffer.of(VERSION), bytes, computeMac(firstKey(kind, purpose), bytes)]).toString('base64url')
  }

  function parse (kind: Kind, text: string, purpose: ProofPurpose): ProofId | undefined {
    if (text.length !== TOKEN_LENGTH) return undefined
    const bytes = Buffer.from(text, 'base64url')
    // Only the canonical encoding: the last letter has unused bits.
    if (bytes.length !== TOKEN_BYTES || bytes[0] !== VERSION || bytes.toString('base64url') !== text) return undefined
    const [id, mac] = [bytes.subarray(1, 1 + ID_BYTES), bytes.subarray(1 + ID_BYTES)]
    const isOurs = keysOf(kind, purpose).some(({ key }) => timingSafeEqual(computeMac(key, id), mac))
    return isOurs ? { id: toUuid(id), purpose } : undefined
  }

  return {
    toToken: (proof) => format('token', proof),
    toHandle: (proof) => format('handle', proof),
    toCode: ({ id, purpose }) => computeCode(firstKey('code', purpose), toIdBytes(id)),
    parseToken (text, purposes) {
      for (const purpose of purposes) {
        const proof = parse('token', text, purpose)
        if (proof !== undefined) return proof
      }
      return undefined
    },
    parseHandle: (text, purpose) => parse('handle', text, purpose),
    isCode (code, { id, purpose }) {
      const given = Buffer.from(code)
      return keysOf('code', purpose).some(({ key }) => {
        const right = Buffer.from(computeCode(key, toIdBytes(id)))
        return given.length === right.length && timingSafeEqual(given, right)
      })
    }
  }
}

function computeMac (key: Buffer, id: Buffer): Buffer {
  return createHmac('sha256', key).update(id).digest().subarray(0, MAC_BYTES)
}

/** Of 64 bits: no digit is more likely than another by more than one part in 10^11. */
function computeCode (key: Buffer, id: Buffer): string {
  const number = createHmac('sha256', key).update(id).digest().readBigUInt64BE()
  return String(number % 10n ** BigInt(CODE_DIGITS)).padStart(CODE_DIGITS, '0')
}

function toIdBytes (id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex')
}

function toUuid (bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

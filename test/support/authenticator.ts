// An authenticator in software, for tests: it makes and signs what a browser with a real one would send, and what none would.
import { createHash, randomBytes, sign, type KeyObject } from 'node:crypto'
import { generateKeysFor } from '../../scripts/generate-keys.js'
import type { Algorithm } from '../../src/contract/index.ts'
import type { CreationOptions, RequestOptions } from '../../src/passkeys/options.ts'
import { ISSUER } from './tokens.ts'

/** What differs from an honest response. */
export interface Deviations {
  origin?: string
  rpId?: string
  challenge?: string
  /** Of the client data. */
  type?: string
  crossOrigin?: boolean
  isUserPresent?: boolean
  isUserVerified?: boolean
  isBackedUp?: boolean
  counter?: number
  /** base64url; null: none */
  userHandle?: string | null
  /** Of another credential. */
  id?: string
  /** Instead of the right one. */
  signature?: Buffer
  /** Of an attestation; default: none. */
  attestation?: { fmt: string, attStmt: ReadonlyMap<string, unknown> }
  /** Instead of what is right, in CBOR. */
  attestationObject?: Buffer
}

/** As `credential.toJSON()` has it. */
export interface CredentialJson {
  id: string
  rawId: string
  type: string
  authenticatorAttachment: string
  clientExtensionResults: object
  response: Record<string, unknown>
}

/** One passkey: it belongs to the user for whom it was made. */
export class SoftwareAuthenticator {
  readonly id = randomBytes(32)
  readonly #algorithm: Algorithm
  readonly #privateKey: KeyObject
  readonly #publicKey: KeyObject
  #userHandle: string | undefined
  /** The next signature has the next number; 0: it counts nothing. */
  counter: number

  constructor ({ algorithm = 'ES256', counter = 0 }: { algorithm?: Algorithm, counter?: number } = {}) {
    const { privateKey, publicKey } = generateKeysFor(algorithm)
    this.#algorithm = algorithm
    this.#privateKey = privateKey
    this.#publicKey = publicKey
    this.counter = counter
  }

  /** `navigator.credentials.create` */
  create ({ rp, user, challenge }: Pick<CreationOptions, 'rp' | 'user' | 'challenge'>, deviations: Deviations = {}): CredentialJson {
    this.#userHandle = user.id
    const { attestation = { fmt: 'none', attStmt: new Map() } } = deviations
    const length = Buffer.alloc(2)
    length.writeUInt16BE(this.id.length)
    const credentialData = Buffer.concat([Buffer.alloc(16), length, this.id, encodeCbor(this.#toCose())])
    const authData = Buffer.concat([this.#toAuthenticatorData(rp.id, 0x40, deviations), credentialData])
    const attestationObject = deviations.attestationObject ?? encodeCbor(new Map<string, unknown>([
      ['fmt', attestation.fmt], ['attStmt', attestation.attStmt], ['authData', authData]
    ]))
    return this.#toJson(deviations, {
      clientDataJSON: toClientData('webauthn.create', challenge, deviations).toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
      transports: ['internal', 'hybrid', 'a new one']
    })
  }

  /** `navigator.credentials.get` */
  get ({ rpId, challenge }: Pick<RequestOptions, 'rpId' | 'challenge'>, deviations: Deviations = {}): CredentialJson {
    if (this.counter > 0) this.counter++
    const authData = this.#toAuthenticatorData(rpId, 0, deviations)
    const clientData = toClientData('webauthn.get', challenge, deviations)
    const { signature = this.#sign(Buffer.concat([authData, createHash('sha256').update(clientData).digest()])) } = deviations
    const { userHandle = this.#userHandle } = deviations
    return this.#toJson(deviations, {
      clientDataJSON: clientData.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: signature.toString('base64url'),
      ...(userHandle !== null && { userHandle })
    })
  }

  #toJson ({ id = this.id.toString('base64url') }: Deviations, response: Record<string, unknown>): CredentialJson {
    return { id, rawId: id, type: 'public-key', authenticatorAttachment: 'platform', clientExtensionResults: {}, response }
  }

  /** WebAuthn 6.1 */
  #toAuthenticatorData (rpId: string, otherFlags: number, deviations: Deviations): Buffer {
    const { isUserPresent = true, isUserVerified = true, isBackedUp = false, counter = this.counter } = deviations
    const data = Buffer.alloc(37)
    createHash('sha256').update(deviations.rpId ?? rpId).digest().copy(data)
    data[32] = (isUserPresent ? 0x01 : 0) | (isUserVerified ? 0x04 : 0) | (isBackedUp ? 0x18 : 0) | otherFlags
    data.writeUInt32BE(counter, 33)
    return data
  }

  #sign (data: Buffer): Buffer {
    return sign(this.#algorithm === 'EdDSA' ? undefined : 'sha256', data, this.#privateKey)
  }

  /** RFC 9053 7, RFC 8230 4 */
  #toCose (): ReadonlyMap<number, unknown> {
    const { x = '', y = '', n = '', e = '' } = this.#publicKey.export({ format: 'jwk' })
    const [bytesX, bytesY, bytesN, bytesE] = [x, y, n, e].map((text) => Buffer.from(text, 'base64url'))
    if (this.#algorithm === 'ES256') return new Map<number, unknown>([[1, 2], [3, -7], [-1, 1], [-2, bytesX], [-3, bytesY]])
    if (this.#algorithm === 'EdDSA') return new Map<number, unknown>([[1, 1], [3, -8], [-1, 6], [-2, bytesX]])
    return new Map<number, unknown>([[1, 3], [3, -257], [-1, bytesN], [-2, bytesE]])
  }
}

function toClientData (type: string, challenge: string, deviations: Deviations): Buffer {
  const { origin = ISSUER, crossOrigin = false } = deviations
  return Buffer.from(JSON.stringify({ type: deviations.type ?? type, challenge: deviations.challenge ?? challenge, origin, crossOrigin }))
}

/** RFC 8949, what WebAuthn needs of it. */
export function encodeCbor (value: unknown): Buffer {
  if (typeof value === 'number') return value < 0 ? encodeHead(1, -1 - value) : encodeHead(0, value)
  if (typeof value === 'string') return Buffer.concat([encodeHead(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([encodeHead(2, value.length), value])
  if (Array.isArray(value)) return Buffer.concat([encodeHead(4, value.length), ...value.map(encodeCbor)])
  if (value instanceof Map) return Buffer.concat([encodeHead(5, value.size), ...[...value].flat().map(encodeCbor)])
  throw new TypeError('this is not encoded')
}

function encodeHead (major: number, argument: number): Buffer {
  if (argument < 24) return Buffer.from([major << 5 | argument])
  if (argument < 256) return Buffer.from([major << 5 | 24, argument])
  return Buffer.from([major << 5 | 25, argument >> 8, argument & 255])
}

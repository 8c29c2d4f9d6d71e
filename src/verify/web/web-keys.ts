import { base64url, compactVerify, importJWK, type CryptoKey } from 'jose'
import type { Algorithm, PublicJwk } from '../../contract/index.ts'
import { isRecord } from '../access-token.ts'
import { findKeyFault } from '../key-fault.ts'

/** A key that verifies signatures of one algorithm, by the Web Cryptography API. */
export class WebKey {
  readonly kid: string
  readonly alg: Algorithm
  readonly #jwk: PublicJwk
  #imported: CryptoKey | undefined

  /** @throws TypeError for a key with which anybody could sign */
  constructor (jwk: PublicJwk) {
    const fault = findKeyFault(jwk)
    if (fault !== undefined) throw new TypeError(`key "${jwk.kid}" ${fault}`)
    this.kid = jwk.kid
    this.alg = jwk.alg
    this.#jwk = jwk
  }

  /** @returns the payload of a token; undefined where its signature is not valid. Checks nothing but the signature */
  async findPayload (token: string): Promise<unknown> {
    try {
      // The key and no promise of it: Workers let no request wait for the work of another.
      this.#imported ??= await importPublicKey(this.#jwk)
      const { payload } = await compactVerify(token, this.#imported, { algorithms: [this.alg] })
      const claims = parseJson(payload)
      // RFC 7519 7.2: an object.
      return isRecord(claims) ? claims : undefined
    } catch {
      return undefined
    }
  }
}

/** The keys that are trusted now, by `kid`. */
export class WebKeySet {
  #keys: ReadonlyMap<string, { json: string, key: WebKey }> = new Map()
  readonly #revoked = new Set<string>()

  get isEmpty (): boolean { return this.#keys.size === 0 }

  find (kid: string): WebKey | undefined { return this.#keys.get(kid)?.key }

  /**
   * Trusts these keys and no others from now on, but for revoked ones. An unchanged key stays the same object, so that cached tokens
   * stay valid.
   *
   * @throws TypeError for a key that cannot be used; then the keys stay as they were
   */
  replace (jwks: readonly PublicJwk[]): void {
    const next = new Map<string, { json: string, key: WebKey }>()
    for (const jwk of jwks) {
      if (this.#revoked.has(jwk.kid)) continue
      const json = JSON.stringify(jwk)
      const known = this.#keys.get(jwk.kid)
      next.set(jwk.kid, known?.json === json ? known : { json, key: new WebKey(jwk) })
    }
    this.#keys = next
  }

  /** Never trusts them again, whatever a later key set contains. */
  revoke (kids: readonly string[]): void {
    for (const kid of kids) this.#revoked.add(kid)
    this.#keys = new Map([...this.#keys].filter(([kid]) => !this.#revoked.has(kid)))
  }

  clear (): void { this.#keys = new Map() }
}

/**
 * The value of a segment of a token, where it is canonical: see `encodeSegment` for Node.
 *
 * @returns undefined for any other segment
 */
export function decodeSegment (segment: string): unknown {
  try {
    const value = parseJson(base64url.decode(segment))
    return encodeSegment(value) === segment ? value : undefined
  } catch {
    return undefined
  }
}

export function encodeSegment (value: unknown): string {
  return base64url.encode(JSON.stringify(value))
}

/** Whether a segment is canonical base64url. */
export function isCanonical (segment: string): boolean {
  try {
    return base64url.encode(base64url.decode(segment)) === segment
  } catch {
    return false
  }
}

async function importPublicKey (jwk: PublicJwk): Promise<CryptoKey> {
  const key = await importJWK({ ...jwk }, jwk.alg)
  if (key instanceof Uint8Array) throw new TypeError('a symmetric key')
  return key
}

function parseJson (bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
}

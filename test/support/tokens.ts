// Keys of every algorithm, and access tokens of any shape without a login.
import { randomUUID, sign, type KeyObject } from 'node:crypto'
import { generateKeysFor } from '../../scripts/generate-keys.js'
import { CLIENT_ID, TOKEN_TYPE, type AccessClaims, type Algorithm, type PublicJwk } from '../../src/contract/index.ts'

/** A private key, and everything that an attacker knows of it. */
export interface KeyMaterial {
  readonly jwk: PublicJwk
  readonly publicKey: KeyObject
  /** The raw signature (RFC 7518 3) of any text. */
  sign (input: string): Buffer
}

export const ISSUER = 'https://auth.example.com'
export const AUDIENCE = 'api'

/** The key of `bearer`. */
export const testKeyMaterial = createKeyMaterial('ES256', 'test-key')
/** What a verifier must know to accept the tokens of `bearer`. */
export const testKey = testKeyMaterial.jwk

/**
 * @param claims those that differ from a good token of a user
 * @returns a value of the Authorization header
 */
export function bearer (claims: Partial<AccessClaims> = {}): string {
  return `Bearer ${mint(testKeyMaterial, goodClaims(claims))}`
}

/** A token whose signature is good; as header and payload, text and bytes are taken as they are, anything else as JSON. */
export function mint (material: KeyMaterial, payload: unknown, header: unknown = goodHeader(material)): string {
  const input = `${segment(header)}.${segment(payload)}`
  return `${input}.${material.sign(input).toString('base64url')}`
}

/** Claims of a token that is good at `nowSeconds`. */
export function goodClaims (changes: Partial<AccessClaims> = {}, nowSeconds = Math.floor(Date.now() / 1000)): AccessClaims {
  return {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: randomUUID(),
    role: 'user',
    sid: randomUUID(),
    jti: randomUUID(),
    iat: nowSeconds,
    exp: nowSeconds + 300,
    client_id: CLIENT_ID,
    auth_time: changes.iat ?? nowSeconds,
    acr: 'aal1',
    ...changes
  }
}

export function goodHeader ({ jwk: { alg, kid } }: KeyMaterial): { alg: string, kid: string, typ: string } {
  return { alg, kid, typ: TOKEN_TYPE }
}

export function segment (value: unknown): string {
  const bytes = typeof value === 'string' || Buffer.isBuffer(value) ? Buffer.from(value) : Buffer.from(JSON.stringify(value))
  return bytes.toString('base64url')
}

/** The header of a token, unverified. */
export function decodeHeader (token: string): { alg: string, kid: string, typ: string } {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
}

/** The claims of a token, unverified. */
export function decodeClaims (token: string): Record<string, string | number> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

/** A new key pair. */
export function createKeyMaterial (alg: Algorithm, kid: string = `${alg}-1`): KeyMaterial {
  const { privateKey, publicKey } = generateKeysFor(alg)
  return { jwk: toJwk(publicKey, alg, kid), publicKey, sign: (input) => signWith(privateKey, alg, input) }
}

export function signWith (privateKey: KeyObject, alg: Algorithm, input: string): Buffer {
  if (alg === 'ES256') return sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return sign(alg === 'EdDSA' ? undefined : 'sha256', Buffer.from(input), privateKey)
}

function toJwk (publicKey: KeyObject, alg: Algorithm, kid: string): PublicJwk {
  const { x = '', y = '', n = '', e = '' } = publicKey.export({ format: 'jwk' })
  if (alg === 'ES256') return { kid, alg, use: 'sig', kty: 'EC', crv: 'P-256', x, y }
  return alg === 'EdDSA' ? { kid, alg, use: 'sig', kty: 'OKP', crv: 'Ed25519', x } : { kid, alg, use: 'sig', kty: 'RSA', n, e }
}

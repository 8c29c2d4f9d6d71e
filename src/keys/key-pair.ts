import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes, type JsonWebKey, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { createSigner } from 'fast-jwt'
import { ALGORITHMS, TOKEN_TYPE, type AccessClaims, type Algorithm, type PublicJwk } from '../contract/index.ts'

/** A key pair that has just been made. */
export interface KeyPair {
  publicJwk: PublicJwk
  /** The private JWK, with all that the public one says. */
  privateJwk: JsonWebKey
}

/** Signs with one key. */
export type Sign = (claims: AccessClaims) => string

// Short, for it is in every token, and hex, so that it can be given on a command line.
const KID_BYTES = 8
/** What a kid of ours looks like; what somebody else calls a key may be of any length, with anything in it. */
export const KID_PATTERN = /^[0-9a-f]{16}$/
const RSA_BITS = 3072
const BASE64URL = /^[\w-]+$/

const generate = promisify(generateKeyPair)

/** Makes a key pair for one algorithm; the private part has not been anywhere yet. */
export async function generateKeyPairFor (algorithm: Algorithm): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateFor(algorithm)
  const publicJwk = parsePublicJwk({ ...publicKey.export({ format: 'jwk' }), kid: randomBytes(KID_BYTES).toString('hex'), alg: algorithm, use: 'sig' })
  return { publicJwk, privateJwk: { ...privateKey.export({ format: 'jwk' }), ...publicJwk } }
}

/**
 * Makes a signer for a private key, once, so that no login pays for it.
 *
 * @param jwk the private JWK
 * @param publicJwk what is published for it
 * @throws TypeError when the two are not one pair
 */
export function createSign (jwk: JsonWebKey, publicJwk: PublicJwk): Sign {
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' })
  const published = createPublicKey({ key: publicJwk, format: 'jwk' })
  if (jwk.kid !== publicJwk.kid || jwk.alg !== publicJwk.alg || !createPublicKey(privateKey).equals(published)) throw new TypeError('the private key is not that of the public one')
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const { alg, kid } = publicJwk
  return createSigner({ key, algorithm: alg, header: { alg, typ: TOKEN_TYPE, kid } })
}

/**
 * Reads a public JWK, member by member: what is published is what is named here, and never more.
 *
 * @throws TypeError for anything that is no public key of ours
 */
export function parsePublicJwk (value: Readonly<Record<string, unknown>>): PublicJwk {
  const { kty, crv, alg, use } = value
  const kid = text(value, 'kid')
  if (use !== 'sig' || !ALGORITHMS.some((name) => name === alg)) throw new TypeError(`the key "${kid}" is not for signatures of ours`)
  if (alg === 'ES256' && kty === 'EC' && crv === 'P-256') return { kid, alg, use, kty, crv, x: text(value, 'x'), y: text(value, 'y') }
  if (alg === 'EdDSA' && kty === 'OKP' && crv === 'Ed25519') return { kid, alg, use, kty, crv, x: text(value, 'x') }
  if (alg === 'RS256' && kty === 'RSA') return { kid, alg, use, kty, n: text(value, 'n'), e: text(value, 'e') }
  throw new TypeError(`the key "${kid}" is no key for its algorithm`)
}

function generateFor (algorithm: Algorithm): Promise<{ publicKey: KeyObject, privateKey: KeyObject }> {
  switch (algorithm) {
    case 'ES256': return generate('ec', { namedCurve: 'P-256' })
    case 'EdDSA': return generate('ed25519')
    case 'RS256': return generate('rsa', { modulusLength: RSA_BITS })
  }
}

function text (value: Readonly<Record<string, unknown>>, member: string): string {
  const found = value[member]
  if (typeof found !== 'string' || !BASE64URL.test(found)) throw new TypeError(`a key has no good "${member}"`)
  return found
}

import { generateKeyPair, randomBytes, type JsonWebKey, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { parsePublicJwk, type Algorithm, type PublicJwk } from '../contract/index.ts'

export interface KeyPair {
  publicJwk: PublicJwk
  /** The private JWK, with all members of the public one. */
  privateJwk: JsonWebKey
}

// Short, because every token has it, and hexadecimal, so that it is easy to type on a command line.
const KID_BYTES = 8
/** Our own kids; other issuers use any string. */
export const KID_PATTERN = /^[0-9a-f]{16}$/
const RSA_BITS = 3072

const generate = promisify(generateKeyPair)

/** Generates a key pair for one algorithm. The private key is not stored anywhere yet. */
export async function generateKeyPairFor (algorithm: Algorithm): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateFor(algorithm)
  const kid = randomBytes(KID_BYTES).toString('hex')
  const publicJwk = parsePublicJwk({ ...publicKey.export({ format: 'jwk' }), kid, alg: algorithm, use: 'sig' })
  if (publicJwk === undefined) throw new TypeError(`the generated key is no ${algorithm} key`)
  return { publicJwk, privateJwk: { ...privateKey.export({ format: 'jwk' }), ...publicJwk } }
}

function generateFor (algorithm: Algorithm): Promise<{ publicKey: KeyObject, privateKey: KeyObject }> {
  switch (algorithm) {
    case 'ES256': return generate('ec', { namedCurve: 'P-256' })
    case 'EdDSA': return generate('ed25519')
    case 'RS256': return generate('rsa', { modulusLength: RSA_BITS })
  }
}

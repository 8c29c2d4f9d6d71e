// Key pairs for tests and benchmarks.
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'

const PEM = { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }

/**
 * Generates a key pair, and imports it: in Node 20, `export({ format: 'jwk' })` of a key that `generateKeyPairSync` returned can deadlock.
 * It holds a lock of the key while it allocates, and the garbage collection of the job that generated the key waits for that lock.
 *
 * @param {'ec' | 'ed25519' | 'ed448' | 'x25519' | 'rsa'} type
 * @param {{ namedCurve?: string, modulusLength?: number }} [options]
 */
export function generateKeys (type, options = {}) {
  // The types of Node know each kind of key by itself only.
  const generate = /** @type {(type: string, options: object) => { publicKey: string, privateKey: string }} */ (
    /** @type {unknown} */ (generateKeyPairSync)
  )
  const { publicKey, privateKey } = generate(type, { ...options, ...PEM })
  return { publicKey: createPublicKey(publicKey), privateKey: createPrivateKey(privateKey) }
}

/** @param {import('../src/contract/index.ts').Algorithm} alg */
export function generateKeysFor (alg) {
  if (alg === 'ES256') return generateKeys('ec', { namedCurve: 'P-256' })
  return alg === 'EdDSA' ? generateKeys('ed25519') : generateKeys('rsa', { modulusLength: 2048 })
}

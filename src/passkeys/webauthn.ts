// The one file that imports @simplewebauthn/server, when a passkey is used for the first time: it is large, and many services have no
// passkeys. It is given as little as possible: no counter, no attestation statement, and one challenge.
import type { Assertion, Attestation } from './credential-json.ts'

/** Whom passkeys are made for: see `PasskeyConfig`. */
export interface RelyingParty {
  rpId: string
  /** Of pages, and of Android apps. */
  origins: readonly string[]
}

/** What an authenticator has signed, verified. */
interface VerifiedAssertion {
  counter: number
  /** By PIN or biometrics. */
  isUserVerified: boolean
  /** Synchronized to other devices. */
  isBackedUp: boolean
}

/** A credential that an authenticator has made. */
export interface NewCredential {
  credentialId: Buffer
  /** COSE (RFC 9052) */
  publicKey: Buffer
  counter: number
  isBackedUp: boolean
}

/** COSE: ES256, EdDSA, RS256. */
export const ALGORITHMS = [-7, -8, -257] as const

/** An RSA key of 8192 bits is half of it; a credential's id, by WebAuthn 4. */
const MAX_KEY_BYTES = 2048
const MAX_ID_BYTES = 1023

/** `{ fmt: 'none', attStmt: {}, authData: … }` up to the bytes of `authData`, in CBOR. */
const NO_ATTESTATION = Buffer.from('\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59', 'latin1')

/**
 * Verifies what a passkey has signed (WebAuthn 7.2): challenge, origin, RP ID, presence of the user, signature.
 *
 * @param publicKey of the credential, COSE
 * @returns undefined where anything is wrong
 */
export async function verifyAssertion (
  assertion: Assertion, publicKey: Buffer, { rpId, origins }: RelyingParty
): Promise<VerifiedAssertion | undefined> {
  const { id, challenge, clientDataJSON, authenticatorData, signature } = assertion
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const response = { clientDataJSON, authenticatorData, signature }
  return unlessThrown(async () => {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      // It throws where a counter does not rise; we only tell.
      credential: { id, publicKey: new Uint8Array(publicKey), counter: 0 },
      requireUserVerification: false
    })
    if (!verified) return undefined
    const { newCounter: counter, userVerified: isUserVerified, credentialBackedUp: isBackedUp } = authenticationInfo
    return { counter, isUserVerified, isBackedUp }
  })
}

/**
 * Verifies that a credential was made for us (WebAuthn 7.1). Who made the authenticator is not asked, so its statement is not looked at.
 *
 * @returns undefined where anything is wrong
 */
export async function verifyAttestation (attestation: Attestation, { rpId, origins }: RelyingParty): Promise<NewCredential | undefined> {
  const { id, challenge, clientDataJSON, attestationObject } = attestation
  const [{ verifyRegistrationResponse }, { decodeAttestationObject }] = await Promise.all([
    import('@simplewebauthn/server'), import('@simplewebauthn/server/helpers')
  ])
  return unlessThrown(async () => {
    const authData = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url'))).get('authData')
    const response = { clientDataJSON, attestationObject: withoutStatement(authData) }
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} },
      expectedChallenge: challenge,
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      requireUserVerification: false,
      supportedAlgorithmIDs: [...ALGORITHMS]
    })
    if (!verified) return undefined
    const { credential, credentialBackedUp: isBackedUp } = registrationInfo
    const [credentialId, publicKey] = [Buffer.from(credential.id, 'base64url'), Buffer.from(credential.publicKey)]
    const fits = credential.id === id && credentialId.length <= MAX_ID_BYTES && publicKey.length <= MAX_KEY_BYTES
    return fits ? { credentialId, publicKey, counter: credential.counter, isBackedUp } : undefined
  })
}

/** As a browser makes it where no attestation is asked for (WebAuthn 5.1.3). Certificates are not parsed, and nothing is fetched. */
function withoutStatement (authData: Uint8Array): string {
  const length = Buffer.alloc(2)
  length.writeUInt16BE(authData.length)
  return Buffer.concat([NO_ATTESTATION, length, authData]).toString('base64url')
}

/** The library throws for whatever a client may have done wrong, and does not say which errors are its own. */
async function unlessThrown<T> (verify: () => Promise<T>): Promise<T | undefined> {
  try {
    return await verify()
  } catch {
    return undefined
  }
}

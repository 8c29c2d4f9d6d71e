// Credentials as browsers send them (WebAuthn 5.1, `toJSON`), read by hand: what is not named here never reaches the library.

/** Where a passkey was used. */
export interface Assertion {
  /** base64url, as it was sent. */
  id: string
  credentialId: Buffer
  /** base64url: which challenge was signed, says the client. */
  challenge: string
  clientDataJSON: string
  authenticatorData: string
  signature: string
  /** base64url; the authenticator has none of a passkey that it does not list. */
  userHandle: string | undefined
}

/** Where a passkey was made. */
export interface Attestation {
  id: string
  challenge: string
  clientDataJSON: string
  attestationObject: string
  /** How the authenticator is reached: those that browsers know. */
  transports: string[]
}

/** WebAuthn 5.8.4 */
const TRANSPORTS: ReadonlySet<unknown> = new Set(['ble', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'])

/** @returns undefined for anything that is no assertion; whether it is signed is not said */
export function parseAssertion (value: unknown): Assertion | undefined {
  const { id, response } = toCredential(value)
  const { clientDataJSON, authenticatorData, signature, userHandle } = response
  const credentialId = decode(id)
  const challenge = findChallenge(clientDataJSON)
  if (typeof id !== 'string' || credentialId === undefined || challenge === undefined) return undefined
  if (typeof clientDataJSON !== 'string' || typeof authenticatorData !== 'string' || typeof signature !== 'string') return undefined
  if (!isAbsent(userHandle) && typeof userHandle !== 'string') return undefined
  return { id, credentialId, challenge, clientDataJSON, authenticatorData, signature, userHandle: userHandle || undefined }
}

/** @returns undefined for anything that is no attestation */
export function parseAttestation (value: unknown): Attestation | undefined {
  const { id, response } = toCredential(value)
  const { clientDataJSON, attestationObject, transports } = response
  const challenge = findChallenge(clientDataJSON)
  if (typeof id !== 'string' || decode(id) === undefined || challenge === undefined) return undefined
  if (typeof clientDataJSON !== 'string' || typeof attestationObject !== 'string') return undefined
  const known = Array.isArray(transports) ? [...new Set(transports.filter((item) => TRANSPORTS.has(item)))] : []
  return { id, challenge, clientDataJSON, attestationObject, transports: known.sort() }
}

/** base64url in its only spelling, to bytes. */
export function decode (text: unknown): Buffer | undefined {
  if (typeof text !== 'string') return undefined
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length > 0 && bytes.toString('base64url') === text ? bytes : undefined
}

function toCredential (value: unknown): { id: unknown, response: Record<string, unknown> } {
  const { id, response } = toRecord(value)
  return { id, response: toRecord(response) }
}

/** WebAuthn 7.2: a page that another page has framed may show its user something else, so it proves nothing. */
function findChallenge (clientDataJSON: unknown): string | undefined {
  const bytes = decode(clientDataJSON)
  if (bytes === undefined) return undefined
  try {
    const { challenge, crossOrigin } = toRecord(JSON.parse(bytes.toString()))
    return typeof challenge === 'string' && (isAbsent(crossOrigin) || crossOrigin === false) ? challenge : undefined
  } catch {
    return undefined
  }
}

function toRecord (value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function isAbsent (value: unknown): value is null | undefined {
  return value === undefined || value === null
}

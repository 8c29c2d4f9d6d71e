import { recordAudit, type Origin } from '../audit/index.ts'
import type { Queryable } from '../database/index.ts'
import { InvalidPasskeyError, UnknownPasskeyError } from '../errors.ts'
import { queryCredentialStore, type Authenticator, type Grant } from '../sessions/index.ts'
import type { PasskeyChallenges } from './challenges.ts'
import { parseAssertion } from './credential-json.ts'
import { findPasskey } from './passkey-store.ts'
import { verifyWith } from './passkey-verifier.ts'
import type { RelyingParty } from './webauthn.ts'

export interface PasskeyLoginOptions {
  database: { readonly kysely: Queryable }
  keyring: { awaitRevocations (count: number): Promise<void> }
  authenticator: Pick<Authenticator, 'beginSession' | 'lifetimes'>
  challenges: PasskeyChallenges
  relyingParty: RelyingParty
}

interface PasskeyAttempt {
  /** As the browser has made it. */
  credential: unknown
  /** The session of the cookie that this login replaces. */
  replacedSessionId: string | undefined
  origin: Origin
}

/**
 * Makes the login with a passkey alone: two statements, one that looks the passkey up, and one that begins the session. What was not signed
 * for a challenge of ours costs none.
 *
 * @returns attempt -> grant; throws InvalidPasskeyError, UnknownPasskeyError, CredentialStoreUnavailableError
 */
export function createPasskeyLogin (options: PasskeyLoginOptions): (attempt: PasskeyAttempt) => Promise<Grant> {
  const { database: { kysely: db }, keyring, authenticator: { beginSession, lifetimes }, challenges, relyingParty } = options
  const { rpId } = relyingParty

  return async function logInWithPasskey ({ credential, replacedSessionId, origin }) {
    const assertion = parseAssertion(credential)
    const challenge = assertion && challenges.parse(assertion.challenge, 'login')
    if (assertion === undefined || challenge === undefined) throw new InvalidPasskeyError()
    const { credentialId, id } = assertion
    const passkey = await queryCredentialStore(() => findPasskey(db, { credentialId, rpId }))
    if (passkey === undefined) throw new UnknownPasskeyError({ members: { rp_id: rpId, credential_id: id } })
    const proof = challenge.isExpired ? undefined : await verifyWith(passkey, assertion, relyingParty)
    const { userId } = passkey
    // Without PIN or biometrics, it is what somebody has, and nothing that they know or are.
    if (!proof?.isUserVerified) return reject(userId, origin)
    const login = { userId, proof: { ...proof, isUserVerified: true }, sessionId: challenge.id, replacedSessionId, origin } as const
    const session = await queryCredentialStore(() => beginSession(db, login))
    if (typeof session === 'string') return reject(userId, origin)
    await queryCredentialStore(() => keyring.awaitRevocations(session.revokedKeys))
    return { ...session, userId, generation: 1, remainingSeconds: lifetimes.sessionMaxSeconds }
  }

  async function reject (userId: string, origin: Origin): Promise<never> {
    await queryCredentialStore(() => recordAudit(db, { type: 'passkey_rejected', userId, origin }))
    throw new InvalidPasskeyError()
  }
}

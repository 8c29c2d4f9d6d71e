import type { Queryable } from '../database/index.ts'
import { toUuidBytes } from '../secrets/index.ts'
import type { PasskeyProof, SecondFactorVerifier } from '../sessions/index.ts'
import { parseAssertion, type Assertion } from './credential-json.ts'
import { createPasskeyChallenges, type PasskeyChallengeOptions } from './challenges.ts'
import { toRequestOptions, type RequestOptions } from './options.ts'
import { findPasskey, listPasskeys, type PasskeyKey } from './passkey-store.ts'
import { verifyAssertion, type RelyingParty } from './webauthn.ts'

/** What verifies passkeys as a second factor, and for a step-up. */
export interface PasskeyVerifier extends Pick<SecondFactorVerifier, 'verifyPasskey' | 'toPasskeyOptions'> {
  /**
   * The options of a step-up in a session.
   *
   * @returns undefined where the user has no passkey for our RP ID
   */
  toStepUpOptions (user: { userId: string, sessionId: string }): Promise<RequestOptions | undefined>
}

interface PasskeyVerifierOptions extends PasskeyChallengeOptions {
  database: { readonly kysely: Queryable }
  relyingParty: RelyingParty
}

export function createPasskeyVerifier (options: PasskeyVerifierOptions): PasskeyVerifier {
  const { database: { kysely: db }, relyingParty } = options
  const challenges = createPasskeyChallenges(options)
  const { rpId } = relyingParty

  async function listUsable (userId: string) {
    return (await listPasskeys(db, userId)).filter((passkey) => passkey.rpId === rpId)
  }

  return {
    async verifyPasskey (credential, userId, expected) {
      const assertion = parseAssertion(credential)
      if (assertion === undefined) return undefined
      const challengedAtMs = 'sessionId' in expected ? findStepUp(assertion, expected.sessionId) : undefined
      if ('sessionId' in expected ? challengedAtMs === undefined : assertion.challenge !== expected.challenge) return undefined
      const passkey = await findPasskey(db, { credentialId: assertion.credentialId, rpId, userId })
      const proof = passkey && await verifyWith(passkey, assertion, relyingParty)
      return proof && { ...proof, ...(challengedAtMs !== undefined && { challengedAtMs }) }
    },
    async toPasskeyOptions (userId, challenge) {
      return toRequestOptions({ challenge, rpId, passkeys: await listUsable(userId), userVerification: 'preferred' })
    },
    async toStepUpOptions ({ userId, sessionId }) {
      const passkeys = await listUsable(userId)
      if (passkeys.length === 0) return undefined
      return toRequestOptions({ challenge: challenges.make('stepUp', sessionId), rpId, passkeys, userVerification: 'preferred' })
    }
  }

  /** When the challenge was made. */
  function findStepUp ({ challenge }: Assertion, sessionId: string): number | undefined {
    const parsed = challenges.parse(challenge, 'stepUp')
    return parsed === undefined || parsed.isExpired || parsed.id !== sessionId ? undefined : parsed.madeAtMs
  }
}

/** @returns undefined where it is not signed with this passkey, or for another user (WebAuthn 7.2, step 6) */
export async function verifyWith (
  { id: passkeyId, userId, publicKey }: PasskeyKey, assertion: Assertion, relyingParty: RelyingParty
): Promise<PasskeyProof | undefined> {
  if (assertion.userHandle !== undefined && assertion.userHandle !== toUserHandle(userId)) return undefined
  const verified = await verifyAssertion(assertion, publicKey, relyingParty)
  return verified && { kind: 'passkey', passkeyId, ...verified }
}

/** The 16 bytes of the id of a user, base64url: what an authenticator keeps of the user. */
export function toUserHandle (userId: string): string {
  return toUuidBytes(userId).toString('base64url')
}

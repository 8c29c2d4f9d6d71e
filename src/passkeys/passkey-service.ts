import { sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import {
  countFactors, hasFactor, isDemanded, lockForFactors, needsSecondFactor, type AuthenticatedOwner, type SecondFactorPolicy, type User
} from '../accounts/index.ts'
import { recordAudit, type AuditType, type Origin } from '../audit/index.ts'
import { transact, type Database, type Tables } from '../database/index.ts'
import { LastFactorError, NotFoundError, TooManyPasskeysError, WrongPasskeyError } from '../errors.ts'
import type { Outbox } from '../mail/index.ts'
import { endUserSessionsIn, TokenBuckets, withNotBefore } from '../sessions/index.ts'
import { createPasskeyChallenges, type PasskeyChallengeOptions } from './challenges.ts'
import { parseAttestation } from './credential-json.ts'
import { toCreationOptions, type CreationOptions } from './options.ts'
import { deletePasskey, insertPasskey, listPasskeys, renamePasskey, type Passkey } from './passkey-store.ts'
import { toUserHandle } from './passkey-verifier.ts'
import { verifyAttestation, type RelyingParty } from './webauthn.ts'

interface PasskeyServiceOptions extends PasskeyChallengeOptions {
  database: Database
  outbox: Outbox
  relyingParty: RelyingParty
  /** As users know the service. */
  appName: string
  /** SECOND_FACTOR */
  secondFactor: SecondFactorPolicy
}

/** The user of the request, and where it came from. */
export interface PasskeyOwner extends AuthenticatedOwner {
  origin: Origin
}

/**
 * What users do with their own passkeys: the object reaches those of one user only.
 *
 * Every method throws what `lockForFactors` throws.
 */
export interface PasskeyService {
  /** For `navigator.credentials.create`. */
  toOptions (): Promise<CreationOptions>
  /**
   * Adds a passkey. The first second factor ends all other sessions: somebody else may have begun them with the password.
   *
   * @param credential as `credential.toJSON()` has it
   * @throws WrongPasskeyError, PasskeyExistsError, TooManyPasskeysError, TooManyAttemptsError
   */
  register (passkey: { name: string, credential: unknown }): Promise<Passkey>
  /** @throws NotFoundError */
  rename (id: string, name: string): Promise<void>
  /** @throws NotFoundError; LastFactorError for the last second factor of a user who needs one */
  remove (id: string): Promise<void>
}

/** Each is in the options of every login of its user. */
const MAX_PASSKEYS = 50

// Each change is told by mail: see `factors`.
const CHANGES = { burst: 20, perSecond: 0.1 }

/** @returns a function that opens the passkeys of a user */
export function createPasskeyServices (options: PasskeyServiceOptions): (owner: PasskeyOwner) => PasskeyService {
  const { database, outbox, relyingParty, appName, secondFactor } = options
  const challenges = createPasskeyChallenges(options)
  const { rpId } = relyingParty
  const changes = new TokenBuckets(CHANGES)

  return function openPasskeys (owner) {
    const { userId, sessionId, isEnrolment, origin } = owner
    // A token that is good for enrolling only has no session.
    const ownSessionId = isEnrolment ? undefined : sessionId

    async function record (trx: Transaction<Tables>, type: AuditType, passkeyId: string): Promise<void> {
      const details = { passkey_id: passkeyId }
      await recordAudit(trx, { type, userId, actorId: userId, sessionId: ownSessionId, origin, details })
      if (type !== 'passkey_renamed') await outbox.notify(trx, { purpose: 'second_factor_changed', userId })
    }

    async function read (credential: unknown) {
      const attestation = parseAttestation(credential)
      const challenge = attestation && challenges.parse(attestation.challenge, 'registration')
      const isOurs = challenge !== undefined && !challenge.isExpired && challenge.id === userId
      const made = attestation !== undefined && isOurs ? await verifyAttestation(attestation, relyingParty) : undefined
      if (attestation === undefined || made === undefined) throw new WrongPasskeyError()
      return { ...made, transports: attestation.transports }
    }

    /** Users whom the setting demands a factor of need it from now on, whatever the setting will be. */
    async function requireFactor (trx: Transaction<Tables>, { role }: User): Promise<void> {
      if (!isDemanded(secondFactor, role)) return
      await trx.updateTable('users')
        .set({ second_factor_since: sql<Date>`coalesce(second_factor_since, statement_timestamp())` })
        .where('id', '=', userId)
        .execute()
    }

    /** Whether a login of the user could do without this passkey. Those for another RP ID are of no use. */
    async function assertNotLast (trx: Transaction<Tables>, { role, secondFactorSince }: User, id: string): Promise<void> {
      if (!needsSecondFactor(secondFactor, { role, hasSecondFactor: secondFactorSince !== null })) return
      const { hasTotp } = await countFactors(trx, userId)
      const others = (await listPasskeys(trx, userId)).filter((passkey) => passkey.id !== id && passkey.rpId === rpId)
      if (!hasTotp && others.length === 0) throw new LastFactorError()
    }

    return {
      async toOptions () {
        const { user, passkeys } = await transact(database, async (trx) => ({
          user: await lockForFactors(trx, owner), passkeys: await listPasskeys(trx, userId)
        }))
        return toCreationOptions({
          rp: { id: rpId, name: appName },
          user: { id: toUserHandle(userId), name: user.email },
          challenge: challenges.make('registration', userId),
          passkeys: passkeys.filter((passkey) => passkey.rpId === rpId)
        })
      },

      async register ({ name, credential }) {
        changes.assertAvailable(userId, { reason: 'too many changes of passkeys' })
        const made = await read(credential)
        const id = uuidv7()
        await withNotBefore(database, userId, async (trx) => {
          const user = await lockForFactors(trx, owner)
          const { hasTotp, passkeys } = await countFactors(trx, userId)
          if (passkeys >= MAX_PASSKEYS) throw new TooManyPasskeysError()
          const isFirst = !hasTotp && passkeys === 0
          await insertPasskey(trx, { id, userId, rpId, name, ...made })
          await requireFactor(trx, user)
          await record(trx, 'passkey_added', id)
          const ended = isFirst ? await endUserSessionsIn(trx, { userId, exceptId: ownSessionId }, { actorId: userId, origin }) : 0
          return { result: undefined, rejectsTokens: ended > 0 }
        })
        const passkey = (await listPasskeys(database.kysely, userId)).find((passkey) => passkey.id === id)
        if (passkey === undefined) throw new NotFoundError()
        return passkey
      },

      async rename (id, name) {
        await transact(database, async (trx) => {
          await lockForFactors(trx, owner)
          if (!await renamePasskey(trx, { id, userId }, name)) throw new NotFoundError()
          await record(trx, 'passkey_renamed', id)
        })
      },

      async remove (id) {
        changes.assertAvailable(userId, { reason: 'too many changes of passkeys' })
        await transact(database, async (trx) => {
          const user = await lockForFactors(trx, owner)
          if (!await deletePasskey(trx, { id, userId })) throw new NotFoundError()
          await assertNotLast(trx, user, id)
          // A way back to nothing.
          if (!hasFactor(await countFactors(trx, userId))) await trx.deleteFrom('recovery_codes').where('user_id', '=', userId).execute()
          await record(trx, 'passkey_removed', id)
        })
      }
    }
  }
}

import { sql, type Transaction } from 'kysely'
import { v7 as uuidv7 } from 'uuid'
import {
  assertLevel, findUser, lockUser, normalizeEmail, parseEmail, PROOF_PURPOSES, toEmail, toEmailColumns, toEmailTaken, voidMailedProofs,
  type User
} from '../accounts/index.ts'
import { recordAudit, type AuditType, type Origin } from '../audit/index.ts'
import { transact, type Tables } from '../database/index.ts'
import { InvalidProofError, NotFoundError, WrongCodeError } from '../errors.ts'
import { CODE_SECONDS, type NewMail, type Outbox } from '../mail/index.ts'
import { TokenBuckets } from '../sessions/index.ts'
import { createThrottle, type ThrottleOptions } from '../throttle/index.ts'
import type { ProofSecrets } from './proof-secrets.ts'
import { tryCode, useProof, type Proof } from './proof-store.ts'

interface EmailProofOptions extends ThrottleOptions {
  outbox: Outbox
  secrets: ProofSecrets
}

/** The current user, the current session, and the origin of the request. */
export interface EmailOwner {
  userId: string
  sessionId: string
  /** Of the access token: see `CurrentUser.level`; 0 for a machine. */
  level: number
  origin: Origin
}

/** What a client needs to ask its user for the code of a mail. */
export interface MailedCode {
  handle: string
  expiresInSeconds: number
}

/** What the user types, and the handle of the mail. */
interface GivenCode {
  handle: string
  code: string
}

/** How users who are logged in prove to read a mailbox: the object reaches the account of one user only. */
export interface EmailProofs {
  /**
   * Has a code mailed to another address; whether somebody has that address, only its mailbox learns.
   *
   * @param email as the user typed it
   * @throws MailDisabledError, InvalidRequestError, NotFoundError, InsufficientUserAuthenticationError, TooManyAttemptsError
   */
  requestChange (email: string): Promise<MailedCode>
  /**
   * Changes the e-mail. What was mailed before is void, and the old address is told.
   *
   * @throws MailDisabledError, WrongCodeError, EmailTakenError, InsufficientUserAuthenticationError, TooManyAttemptsError
   */
  confirmChange (given: GivenCode): Promise<void>
  /** Has a code mailed to the address of the account. @throws MailDisabledError, NotFoundError, TooManyAttemptsError */
  requestVerification (): Promise<MailedCode>
  /**
   * Credentials stay as they are: whoever is logged in may have planted them.
   *
   * @throws MailDisabledError, WrongCodeError, TooManyAttemptsError
   */
  confirmVerification (given: GivenCode): Promise<void>
}

/** What uses a proof, in a transaction that has locked its user. */
type UseProof = (trx: Transaction<Tables>, user: User, proof: Proof) => Promise<void>

/** @returns a function that opens the proofs of a user */
export function createEmailProofs (options: EmailProofOptions): (owner: EmailOwner) => EmailProofs {
  const { database, outbox, secrets } = options
  const db = database.kysely
  const throttle = createThrottle(options)
  // As in `createProofReader`: tries of one code wait for each other, and each holds a connection.
  const tries = new TokenBuckets({ burst: options.loginRatePerMinute, perSecond: options.loginRatePerMinute / 60 })

  return function openEmailProofs ({ userId, sessionId, level, origin }) {
    const by = { userId, actorId: userId, sessionId, origin }

    async function requireUser (): Promise<User> {
      const user = await findUser(db, userId)
      if (user === undefined) throw new NotFoundError()
      return user
    }

    async function request (mail: NewMail & { purpose: 'email_change' | 'email_verification' }, mailbox: string): Promise<MailedCode> {
      await throttle.admitMail({ mailbox, caller: { userId } })
      const proof = { id: uuidv7(), purpose: mail.purpose }
      await outbox.enqueue(db, { ...mail, ...proof, userId }, { type: REQUESTED[mail.purpose], ...by })
      return { handle: secrets.toHandle(proof), expiresInSeconds: CODE_SECONDS }
    }

    async function confirm (purpose: 'email_change' | 'email_verification', { handle, code }: GivenCode, use: UseProof): Promise<void> {
      outbox.assertEnabled()
      const id = secrets.parseHandle(handle, purpose)
      if (id !== undefined) tries.assertAvailable(id.id, { reason: 'too many uses of one proof' })
      const proof = id && await tryCode(db, { ...id, isRight: secrets.isCode(code, id), userId, origin })
      if (proof === undefined) throw new WrongCodeError()
      try {
        await transact(database, async (trx) => {
          const user = await lockUser(trx, userId)
          if (user === undefined || user.disabled) throw new InvalidProofError()
          await use(trx, user, proof)
        })
      } catch (error) {
        throw error instanceof InvalidProofError ? new WrongCodeError({ cause: error }) : error
      }
    }

    /** The row of the user first: while it waits for another user who takes the address, it holds no mails and proofs. */
    async function change (trx: Transaction<Tables>, user: User, proof: Proof): Promise<void> {
      assertLevel(user, level)
      if (proof.email.display === user.email) return verify(trx, user, proof)
      await trx.updateTable('users')
        .set({ ...toEmailColumns(proof.email), email_verified_at: sql<Date>`statement_timestamp()` })
        .where('id', '=', userId)
        .execute()
        .catch((error: unknown) => { throw toEmailTaken(error) })
      await useProof(trx, proof)
      await voidMailedProofs(trx, { userId, normalizedEmail: normalizeEmail(user.email) })
      await voidMailedProofs(trx, { normalizedEmail: proof.email.normalized, purposes: PROOF_PURPOSES })
      await outbox.notify(trx, { purpose: 'email_changed', userId, address: toEmail(user.email) })
      await recordAudit(trx, { type: 'user_email_changed', ...by })
    }

    async function verify (trx: Transaction<Tables>, user: User, proof: Proof): Promise<void> {
      const { numUpdatedRows } = await trx.updateTable('users')
        .set({ email_verified_at: sql<Date>`coalesce(email_verified_at, statement_timestamp())` })
        .where('id', '=', userId)
        .where('email', '=', proof.email.display)
        .executeTakeFirst()
      if (numUpdatedRows === 0n) throw new InvalidProofError()
      await useProof(trx, proof)
      await voidMailedProofs(trx, { userId, purposes: [proof.purpose] })
      if (user.emailVerifiedAt === null) await recordAudit(trx, { type: 'email_verified', ...by })
    }

    return {
      async requestChange (typed) {
        outbox.assertEnabled()
        const address = parseEmail(typed)
        assertLevel(await requireUser(), level)
        return request({ purpose: 'email_change', address }, address.normalized)
      },

      confirmChange: (given) => confirm('email_change', given, change),

      async requestVerification () {
        outbox.assertEnabled()
        const { email } = await requireUser()
        return request({ purpose: 'email_verification' }, normalizeEmail(email))
      },

      confirmVerification: (given) => confirm('email_verification', given, verify)
    }
  }
}

const REQUESTED: Readonly<Record<'email_change' | 'email_verification', AuditType>> = {
  email_change: 'email_change_requested',
  email_verification: 'email_verification_requested'
}

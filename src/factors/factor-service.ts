import { sql, type Transaction } from 'kysely'
import {
  assertEnrolment, countFactors, findUser, hasFactor, isDemanded, lockForFactors, needsSecondFactor, type AuthenticatedOwner,
  type SecondFactorPolicy, type User
} from '../accounts/index.ts'
import { recordAudit, type AuditEntry, type Origin } from '../audit/index.ts'
import { transact, type Tables } from '../database/index.ts'
import { ClockSkewError, InvalidTokenError, LastFactorError, NotFoundError, WrongCodeError } from '../errors.ts'
import type { Outbox } from '../mail/index.ts'
import { endUserSessionsIn, TokenBuckets, withNotBefore } from '../sessions/index.ts'
import { createSecondFactorThrottle, type ThrottleOptions } from '../throttle/index.ts'
import {
  confirmPending, deleteRecoveryCodes, findTotp, listPasskeys, savePending, saveRecoveryCodes, type ListedPasskey
} from './factor-store.ts'
import { createRecoveryCodes } from './recovery-codes.ts'
import { createTotpSecret, createTotpSecrets } from './totp-secrets.ts'
import { DRIFT_STEPS, findStep, STEP_SECONDS, toBase32, toOtpauthUri } from './totp.ts'

interface FactorServiceOptions extends ThrottleOptions {
  outbox: Outbox
  secondFactor: SecondFactorPolicy
  /** What authenticator apps call the service. */
  appName: string
  /** PASSKEY_RP_ID: passkeys for another one are of no use. */
  rpId: string
}

/** The user of a request, and its origin. */
export type FactorOwner = AuthenticatedOwner & { origin: Origin }

/** What users see of the ways into their account. */
export interface AccountSecurity {
  /** Whether a login needs a second factor. */
  isRequired: boolean
  hasTotp: boolean
  recoveryCodes: number
  passkeys: readonly ListedPasskey[]
  emailVerifiedAt: Date | null
}

/** What users do with their own second factors. Each change is audited, and told by mail. */
export interface FactorService {
  /** @throws InvalidTokenError if the user is gone; InsufficientScopeError for a token to enrol of a user who has a factor */
  security (): Promise<AccountSecurity>
  /**
   * Makes a new secret, which does nothing before it is confirmed: one that is in use stays so.
   *
   * @returns the secret in base32, and the content of a QR code
   * @throws what `lockForFactors` throws
   */
  startTotp (): Promise<{ secret: string, uri: string }>
  /**
   * Confirms the secret with a code of it. From then on a login needs a second factor, and the other sessions of the user end.
   *
   * @returns ten new recovery codes, which replace all others
   * @throws WrongCodeError, ClockSkewError, TooManyAttemptsError, and what `lockForFactors` throws
   */
  confirmTotp (code: string): Promise<string[]>
  /** Removes recovery codes, too, where no passkey is left. @throws NotFoundError, LastFactorError, and what `lockForFactors` throws */
  removeTotp (): Promise<void>
  /** @returns new ones instead of all others; @throws LastFactorError without a factor, and what `lockForFactors` throws */
  renewRecoveryCodes (): Promise<string[]>
  /** @param required whether a login needs a second factor; @throws LastFactorError, and what `lockForFactors` throws */
  setRequired (required: boolean): Promise<void>
}

/** Codes of a clock that is wrong by up to an hour are told apart from wrong codes. */
const SKEW_STEPS = 3600 / STEP_SECONDS

// Each change is told by mail, and may advance the user's not-before, possible once a second: see `OWN_CHANGES` of accounts.
const CHANGES = { burst: 10, perSecond: 0.1 }

const ENROL_FIRST = 'Enrol a second factor first.'

/** @returns a function that opens the second factors of a user */
export function createFactorServices (options: FactorServiceOptions): (owner: FactorOwner) => FactorService {
  const { database, outbox, secondFactor, appName, rpId } = options
  const secrets = createTotpSecrets(options.secretKeys)
  const changes = new TokenBuckets(CHANGES)
  const throttle = createSecondFactorThrottle(options)

  return function openFactors (owner) {
    const { userId, sessionId, isEnrolment, origin } = owner
    const actor = { actorId: userId, origin }

    function assertChangeable (): void {
      changes.assertAvailable(userId, { reason: 'too many changes of second factors' })
    }

    /** Told in one mail, however many events a change has. */
    async function record (trx: Transaction<Tables>, ...entries: AuditEntry[]): Promise<void> {
      for (const entry of entries) await recordAudit(trx, { ...entry, userId, ...(!isEnrolment && { sessionId }), ...actor })
      await outbox.notify(trx, { purpose: 'second_factor_changed', userId })
    }

    async function findConfirmedStep (pendingJwe: string | null | undefined, code: string, step: number): Promise<number> {
      if (pendingJwe == null) throw new WrongCodeError()
      const secret = await secrets.open(userId, pendingJwe)
      const found = findStep(secret, code, { step, drift: DRIFT_STEPS })
      if (found !== undefined) return found
      throw findStep(secret, code, { step, drift: SKEW_STEPS }) === undefined ? new WrongCodeError() : new ClockSkewError()
    }

    async function makeRecoveryCodes (trx: Transaction<Tables>): Promise<string[]> {
      const codes = createRecoveryCodes(userId)
      await saveRecoveryCodes(trx, userId, codes)
      return codes.map(({ code }) => code)
    }

    /** A statement of its own, after the lock: of two removals at once, the second sees the first. */
    async function assertNotLast (trx: Transaction<Tables>, user: User, passkeys: number): Promise<void> {
      const isNeeded = needsSecondFactor(secondFactor, { role: user.role, hasSecondFactor: user.secondFactorSince !== null })
      if (isNeeded && passkeys === 0) throw new LastFactorError()
    }

    return {
      async security () {
        const { kysely: db } = database
        const user = await findUser(db, userId)
        if (user === undefined) throw new InvalidTokenError()
        const factors = await countFactors(db, userId, rpId)
        if (isEnrolment) await assertEnrolment(db, owner)
        const isRequired = needsSecondFactor(secondFactor, { role: user.role, hasSecondFactor: user.secondFactorSince !== null })
        const { hasTotp, recoveryCodes } = factors
        return { isRequired, hasTotp, recoveryCodes, passkeys: await listPasskeys(db, userId), emailVerifiedAt: user.emailVerifiedAt }
      },

      async startTotp () {
        const secret = createTotpSecret()
        const sealed = await secrets.seal(userId, secret)
        const { email } = await transact(database, async (trx) => {
          const user = await lockForFactors(trx, owner)
          await savePending(trx, userId, sealed)
          return user
        })
        return { secret: toBase32(secret), uri: toOtpauthUri(secret, { issuer: appName, account: email }) }
      },

      async confirmTotp (code) {
        assertChangeable()
        const codes = await withNotBefore(database, userId, async (trx) => {
          await lockForFactors(trx, owner)
          const totp = await findTotp(trx, userId)
          const step = await findConfirmedStep(totp?.pendingJwe, code, totp?.step ?? 0)
          await confirmPending(trx, userId, step)
          await trx.updateTable('users').set({ second_factor_since: SINCE }).where('id', '=', userId).execute()
          const codes = await makeRecoveryCodes(trx)
          await record(trx, { type: 'totp_added' }, { type: 'recovery_codes_made' })
          const kept = isEnrolment ? { userId } : { userId, exceptId: sessionId }
          const ended = await endUserSessionsIn(trx, kept, actor)
          // A token to enrol has no session that could end.
          return { result: codes, rejectsTokens: ended > 0 || isEnrolment }
        })
        // The app was right from here: wrong codes from elsewhere do not keep its owner waiting.
        await throttle.pass({ userId, ip: origin.ip }, undefined).catch(() => {})
        return codes
      },

      async removeTotp () {
        assertChangeable()
        await transact(database, async (trx) => {
          const user = await lockForFactors(trx, owner)
          const totp = await findTotp(trx, userId)
          if (totp === undefined) throw new NotFoundError()
          const { hasTotp, passkeys } = await countFactors(trx, userId, rpId)
          if (hasTotp) await assertNotLast(trx, user, passkeys)
          await trx.deleteFrom('totp').where('user_id', '=', userId).execute()
          if (!hasTotp) return
          if (passkeys === 0) await deleteRecoveryCodes(trx, userId)
          await record(trx, { type: 'totp_removed' })
        })
      },

      async renewRecoveryCodes () {
        assertChangeable()
        return transact(database, async (trx) => {
          await lockForFactors(trx, owner)
          if (!hasFactor(await countFactors(trx, userId, rpId))) throw new LastFactorError({ detail: ENROL_FIRST })
          const codes = await makeRecoveryCodes(trx)
          await record(trx, { type: 'recovery_codes_made' })
          return codes
        })
      },

      async setRequired (required) {
        assertChangeable()
        await withNotBefore(database, userId, async (trx) => {
          const user = await lockForFactors(trx, owner)
          if (required && !hasFactor(await countFactors(trx, userId, rpId))) throw new LastFactorError({ detail: ENROL_FIRST })
          if (!required && isDemanded(secondFactor, user.role)) throw new LastFactorError({ detail: DEMANDED })
          if (required === (user.secondFactorSince !== null)) return UNCHANGED
          await trx.updateTable('users').set({ second_factor_since: required ? SINCE : null }).where('id', '=', userId).execute()
          await record(trx, { type: 'second_factor_required', details: { required } })
          // As at an enrolment: those that began with a password alone.
          const ended = required ? await endUserSessionsIn(trx, { userId, exceptId: sessionId }, actor) : 0
          return { result: undefined, rejectsTokens: ended > 0 }
        })
      }
    }
  }
}

const SINCE = sql<Date>`coalesce(second_factor_since, statement_timestamp())`

const DEMANDED = 'This service asks for a second factor.'

const UNCHANGED = { result: undefined, rejectsTokens: false }

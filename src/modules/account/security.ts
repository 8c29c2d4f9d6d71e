import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { toOrigin } from '../../audit/index.ts'
import { edge, type AnyUser, type Verifier } from '../../edge/index.ts'
import type { AccountSecurity, FactorOwner, FactorService } from '../../factors/index.ts'
import { noStore } from '../../http/index.ts'
import {
  confirmTotpRoute, findSecurityRoute, removeTotpRoute, renewRecoveryCodesRoute, requireSecondFactorRoute, startTotpRoute,
  type ConfirmTotp, type RecoveryCodes, type RequireSecondFactor, type Security, type TotpSecret
} from './security-schemas.ts'

interface SecurityModuleOptions {
  verifier: Verifier
  /** Opens the second factors of the user who makes the request. */
  factorsFor: (owner: FactorOwner) => FactorService
  /** The domain that passkeys are made for. */
  rpId: string
}

const STEP_UP = { maxAge: 300 }

/** For tokens that do nothing but enrol, too. They have no session to look up: the change itself looks up that of the others. */
const CAN_SEE = { config: { allow: 'account:enrol' } } as const
const CAN_ENROL = { config: { allow: 'account:enrol', stepUp: STEP_UP } } as const
const CAN_CHANGE = { config: { allow: 'account:write', freshness: 'central', stepUp: STEP_UP } } as const

/** Lets users see and change their own second factors: /account/security. */
export async function security (app: FastifyInstance, { verifier, factorsFor, rpId }: SecurityModuleOptions): Promise<void> {
  await app.register(edge, { verifier })
  app.addHook('onRequest', noStore)
  app.get('/account/security', { schema: findSecurityRoute, ...CAN_SEE }, onFind)
  app.post('/account/totp', { schema: startTotpRoute, ...CAN_ENROL }, onStartTotp)
  app.post('/account/totp/confirm', { schema: confirmTotpRoute, config: { ...CAN_ENROL.config, revokes: true } }, onConfirmTotp)
  app.delete('/account/totp', { schema: removeTotpRoute, ...CAN_CHANGE }, onRemoveTotp)
  app.post('/account/recovery-codes', { schema: renewRecoveryCodesRoute, ...CAN_CHANGE }, onRenewRecoveryCodes)
  app.put('/account/second-factor', { schema: requireSecondFactorRoute, config: { ...CAN_CHANGE.config, revokes: true } }, onRequire)

  async function onFind (request: FastifyRequest): Promise<Security> {
    const found = await openFactors(request).security()
    return toBody(found, { rpId, userId: request.currentUser.id })
  }

  async function onStartTotp (request: FastifyRequest): Promise<TotpSecret> {
    const { secret, uri } = await openFactors(request).startTotp()
    return { secret, otpauth_uri: uri }
  }

  async function onConfirmTotp (request: FastifyRequest<{ Body: ConfirmTotp }>): Promise<RecoveryCodes> {
    return { recovery_codes: await openFactors(request).confirmTotp(request.body.code.replace(' ', '')) }
  }

  async function onRemoveTotp (request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await openFactors(request).removeTotp()
    reply.code(204)
  }

  async function onRenewRecoveryCodes (request: FastifyRequest): Promise<RecoveryCodes> {
    return { recovery_codes: await openFactors(request).renewRecoveryCodes() }
  }

  async function onRequire (request: FastifyRequest<{ Body: RequireSecondFactor }>, reply: FastifyReply): Promise<void> {
    await openFactors(request).setRequired(request.body.required)
    reply.code(204)
  }

  /** The factors of the current user: a request reaches no others. */
  function openFactors (request: Pick<FastifyRequest, 'currentUser' | 'ip' | 'id' | 'headers'>): FactorService {
    const { id: userId, sessionId, level, role, is }: AnyUser = request.currentUser
    return factorsFor({ userId, sessionId, level: level ?? 0, isEnrolment: !is(role), origin: toOrigin(request) })
  }
}

function toBody (found: AccountSecurity, { rpId, userId }: { rpId: string, userId: string }): Security {
  return {
    second_factor: {
      required: found.isRequired,
      totp: found.hasTotp,
      passkeys: found.passkeys.map((passkey) => ({
        id: passkey.id,
        name: passkey.name,
        created_at: passkey.createdAt.toISOString(),
        last_used_on: passkey.lastUsedOn,
        backed_up: passkey.isBackedUp,
        credential_id: passkey.credentialId.toString('base64url'),
        rp_id: passkey.rpId
      })),
      recovery_codes_left: found.recoveryCodes
    },
    email_verified_at: found.emailVerifiedAt?.toISOString() ?? null,
    rp_id: rpId,
    user_handle: Buffer.from(userId.replaceAll('-', ''), 'hex').toString('base64url')
  }
}

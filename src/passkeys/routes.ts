import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { toOrigin } from '../audit/index.ts'
import { noStore } from '../http/index.ts'
import { networkPrefix } from '../network-prefix.ts'
import { TokenBuckets, toAddressLimit, type Authenticator, type TokensBody } from '../sessions/index.ts'
import { createPasskeyChallenges, toLifetimeSeconds, type PasskeyChallengeOptions } from './challenges.ts'
import { toRequestOptions } from './options.ts'
import { createPasskeyLogin, type PasskeyLoginOptions } from './passkey-login.ts'
import {
  loginRoute, optionsRoute, relatedOriginsRoute, type PasskeyLoginBody, type PasskeyRequest, type RelatedOrigins
} from './schemas.ts'

interface PasskeyRoutesOptions extends Omit<PasskeyLoginOptions, 'challenges'>, PasskeyChallengeOptions {
  authenticator: Pick<Authenticator, 'beginSession' | 'lifetimes' | 'responder'>
  loginRatePerMinute: number
}

const ORIGINS_MAX_AGE_SECONDS = 3600

/**
 * The login with a passkey alone, whose limits are in the memory of this instance; and which pages of other domains may use our passkeys.
 */
export async function passkeyLogin (app: FastifyInstance, options: PasskeyRoutesOptions): Promise<void> {
  const { authenticator: { responder }, relyingParty: { rpId, origins }, loginRatePerMinute } = options
  const challenges = createPasskeyChallenges(options)
  const logIn = createPasskeyLogin({ ...options, challenges })
  const [optionsByAddress, loginsByAddress] = [createBuckets(), createBuckets()]

  app.addHook('onRequest', noStore)
  app.post('/auth/passkeys/options', { schema: optionsRoute }, onOptions)
  app.post('/auth/passkeys/login', { schema: loginRoute }, onLogin)
  app.get('/.well-known/webauthn', { schema: relatedOriginsRoute }, onRelatedOrigins)

  async function onOptions ({ ip }: FastifyRequest): Promise<PasskeyRequest> {
    optionsByAddress.assertAvailable(networkPrefix(ip))
    const challenge = challenges.make('login', uuidv7())
    return {
      passkey_options: toRequestOptions({ challenge, rpId, passkeys: [], userVerification: 'required' }),
      expires_in: toLifetimeSeconds('login')
    }
  }

  async function onLogin (request: FastifyRequest<{ Body: PasskeyLoginBody }>, reply: FastifyReply): Promise<TokensBody> {
    const { credential } = request.body
    loginsByAddress.assertAvailable(networkPrefix(request.ip))
    const delivery = responder.readDelivery(request, reply, request.body)
    const { replacedSessionId } = delivery
    const grant = await logIn({ credential, replacedSessionId, origin: toOrigin(request) })
    return responder.send(grant, delivery, request, reply)
  }

  /** Android apps are not listed there. */
  async function onRelatedOrigins (_request: FastifyRequest, reply: FastifyReply): Promise<RelatedOrigins> {
    reply.header('cache-control', `public, max-age=${ORIGINS_MAX_AGE_SECONDS}`)
    return { origins: origins.filter((origin) => /^https?:/.test(origin)) }
  }

  function createBuckets (): TokenBuckets {
    return new TokenBuckets(toAddressLimit(loginRatePerMinute))
  }
}

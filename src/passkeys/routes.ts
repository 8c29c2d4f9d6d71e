import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { toOrigin } from '../audit/index.ts'
import { noStore } from '../http/index.ts'
import { networkPrefix } from '../network-prefix.ts'
import { TokenBuckets, toAddressLimit, type Authenticator, type TokensBody } from '../sessions/index.ts'
import { toLifetimeSeconds } from './challenges.ts'
import { toRequestOptions } from './options.ts'
import { createPasskeyLogin, type PasskeyLoginOptions } from './passkey-login.ts'
import {
  loginRoute, optionsRoute, relatedOriginsRoute, type PasskeyLoginBody, type PasskeyRequest, type RelatedOrigins
} from './schemas.ts'

interface PasskeyRoutesOptions extends PasskeyLoginOptions {
  authenticator: Pick<Authenticator, 'beginSession' | 'lifetimes' | 'responder'>
  loginRatePerMinute: number
}

const ORIGINS_MAX_AGE_SECONDS = 3600

/** The login with a passkey alone. Its limits are in the memory of this instance. */
export async function passkeyLogin (app: FastifyInstance, options: PasskeyRoutesOptions): Promise<void> {
  const { authenticator: { responder }, challenges, relyingParty: { rpId }, loginRatePerMinute } = options
  const logIn = createPasskeyLogin(options)
  const [optionsByAddress, loginsByAddress] = [createBuckets(), createBuckets()]

  app.addHook('onRequest', noStore)
  app.post('/auth/passkeys/options', { schema: optionsRoute }, onOptions)
  app.post('/auth/passkeys/login', { schema: loginRoute }, onLogin)

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

  function createBuckets (): TokenBuckets {
    return new TokenBuckets(toAddressLimit(loginRatePerMinute))
  }
}

/** GET /.well-known/webauthn: which pages of other domains may use our passkeys. Android apps are not listed there. */
export async function relatedOrigins (app: FastifyInstance, { origins }: { origins: readonly string[] }): Promise<void> {
  const body: RelatedOrigins = { origins: origins.filter((origin) => /^https?:/.test(origin)) }
  app.get('/.well-known/webauthn', { schema: relatedOriginsRoute }, async (_request, reply): Promise<RelatedOrigins> => {
    reply.header('cache-control', `public, max-age=${ORIGINS_MAX_AGE_SECONDS}`)
    return body
  })
}

import type { FastifyReply, FastifyRequest } from 'fastify'
import type { DerivedKey } from '../secrets/index.ts'
import type { SessionCookie } from './cookies.ts'
import { parseRefreshToken } from './refresh-token.ts'
import type { TokensBody } from './schemas.ts'
import { selectAudience, type Grant, type Tokens } from './tokens.ts'

interface TokenResponderOptions {
  audiences: readonly string[]
  cookie: SessionCookie
  refreshTokenKeys: readonly DerivedKey[]
  mint: (grant: Grant, audience: string) => Tokens
}

/** How the tokens of a login are delivered, as its request asks for it. */
interface Delivery {
  audience: string
  byCookie: boolean
  /** The session of the cookie that the login replaces. */
  replacedSessionId: string | undefined
}

/** Where any login asks for tokens. */
interface DeliveryBody {
  delivery?: 'body' | 'cookie' | undefined
  audience?: string | undefined
}

/** Delivers the tokens of logins and refreshes: in the body or in the cookie. */
export class TokenResponder {
  readonly #options: TokenResponderOptions

  constructor (options: TokenResponderOptions) {
    this.#options = options
  }

  /**
   * Reads how tokens are to be delivered, before anything is verified or used up.
   *
   * @throws InvalidTargetError, CrossSiteError, AmbiguousCredentialsError
   */
  readDelivery (request: FastifyRequest, reply: FastifyReply, body: DeliveryBody): Delivery {
    const { audiences, cookie, refreshTokenKeys } = this.#options
    const audience = selectAudience(audiences, body.audience)
    const byCookie = body.delivery === 'cookie'
    if (byCookie) cookie.assertUsable()
    if (byCookie) cookie.assertSameSite(request.raw)
    const replaced = byCookie ? parseRefreshToken(this.readCookie(request, reply) ?? '', refreshTokenKeys) : undefined
    return { audience, byCookie, replacedSessionId: replaced?.sessionId }
  }

  /** If there are two cookies, this deletes the one that we would not set, so that the next request succeeds. */
  readCookie ({ raw, routeOptions }: FastifyRequest, reply: FastifyReply): string | undefined {
    const { cookie } = this.#options
    try {
      return cookie.read(raw)
    } catch (error) {
      reply.header('set-cookie', cookie.clearOthers(routeOptions.url ?? '/auth'))
      throw error
    }
  }

  /** Mints the tokens of a grant. */
  send (
    grant: Grant, { audience, byCookie }: Pick<Delivery, 'audience' | 'byCookie'>, request: FastifyRequest, reply: FastifyReply
  ): TokensBody {
    const { cookie, mint } = this.#options
    const { accessToken, expiresInSeconds, refreshToken, refreshExpiresInSeconds, sessionId, userId, tokenId } = mint(grant, audience)
    request.issued = { userId, sessionId, tokenId }
    if (byCookie) reply.header('set-cookie', cookie.format(refreshToken, refreshExpiresInSeconds))
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
      ...(!byCookie && { refresh_token: refreshToken }),
      refresh_expires_in: refreshExpiresInSeconds,
      session_id: sessionId
    }
  }
}

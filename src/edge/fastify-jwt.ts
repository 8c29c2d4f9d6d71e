import type { FastifyJWTOptions } from '@fastify/jwt'
import type { FastifyRequest } from 'fastify'
import type { TokenChecks } from '../verify/index.ts'
import { ALGORITHMS, InvalidTokenError, isRecord, readBearer, toPublicError } from '../verify/internals.ts'

type Done = (error: Error | null, pem: string | undefined) => void

/**
 * The options to register @fastify/jwt with: it verifies and does not sign, and `request.jwtVerify()` has the same result as the guard.
 *
 * @param tokens decides before the library gets a key, whatever options the caller of `jwtVerify()` passes
 */
export function toJwtOptions (tokens: TokenChecks): FastifyJWTOptions {
  return {
    decoratorName: 'currentUser',
    // The key function gets the whole token, not only its payload.
    decode: { complete: true },
    verify: { extractToken, algorithms: [...ALGORITHMS], ignoreExpiration: true, ignoreNotBefore: true },
    secret: { public: findPem },
    formatUser: (payload) => tokens.toUser(payload)
  }

  function extractToken (request: FastifyRequest): string {
    const credential = readBearer(request)
    if (typeof credential === 'string') throw toPublicError(credential)
    const result = tokens.verify(credential.token)
    if (typeof result === 'string') throw toPublicError(result)
    return credential.token
  }

  /** `app.jwt.verify()` calls it without `done`, because it has no request: it gets no key. */
  function findPem (_request: FastifyRequest, decoded: unknown, done: Done | undefined): void {
    if (done === undefined || !isRecord(decoded)) throw new InvalidTokenError()
    const { header, input, signature } = decoded
    const result = tokens.verify(`${String(input)}.${String(signature)}`)
    if (typeof result === 'string' || !isRecord(header)) done(new InvalidTokenError(), undefined)
    else done(null, tokens.keys.find(String(header.kid))?.pem)
  }
}

import type { FastifyJWTOptions } from '@fastify/jwt'
import type { FastifyRequest } from 'fastify'
import { ALGORITHMS, readBearer } from '../contract/index.ts'
import { InvalidTokenError } from '../errors.ts'
import { errorFor } from './rejection.ts'
import { isRecord } from './segment.ts'
import type { TokenVerifier } from './token-verifier.ts'

type Done = (error: Error | null, pem: string | undefined) => void

/**
 * What @fastify/jwt is registered with: it can verify and not sign, and `request.jwtVerify()` comes to the guard's verdict.
 *
 * @param verifier decides before the library is given a key, whatever options the caller of `jwtVerify()` brings
 */
export function jwtOptions (verifier: Pick<TokenVerifier, 'keys' | 'verify' | 'toUser'>): FastifyJWTOptions {
  return {
    decoratorName: 'currentUser',
    // The key function gets to see all of the token, not its payload alone.
    decode: { complete: true },
    verify: { extractToken, algorithms: [...ALGORITHMS], ignoreExpiration: true, ignoreNotBefore: true },
    secret: { public: findPem },
    formatUser: (payload) => verifier.toUser(payload)
  }

  function extractToken (request: FastifyRequest): string {
    const credential = readBearer(request)
    if (typeof credential === 'string') throw errorFor(credential)
    const verdict = verifier.verify(credential.token)
    if (typeof verdict === 'string') throw errorFor(verdict)
    return credential.token
  }

  /** Called with less by `app.jwt.verify()`, which knows no request: it gets no key. */
  function findPem (_request: FastifyRequest, decoded: unknown, done: Done | undefined): void {
    if (done === undefined || !isRecord(decoded)) throw new InvalidTokenError()
    const { header, input, signature } = decoded
    const verdict = verifier.verify(`${String(input)}.${String(signature)}`)
    if (typeof verdict === 'string' || !isRecord(header)) done(new InvalidTokenError(), undefined)
    else done(null, verifier.keys.find(String(header.kid))?.pem)
  }
}

import { createHash, timingSafeEqual } from 'node:crypto'
import { type FastifyRequest } from 'fastify'
import { DoubledCredentialsError, InvalidTokenError, MissingTokenError } from '../errors.ts'

const BEARER = /^bearer(?: (.*))?$/i

/**
 * @param tokens those that open the feed
 * @returns a function that throws for a request which does not carry exactly one of them (RFC 6750 2 and 3.1)
 */
export function createFeedGuard (tokens: readonly string[]): (request: FastifyRequest) => void {
  const known = tokens.map(digest)
  return ({ raw: { headers: { authorization }, rawHeaders }, query }) => {
    if (authorization === undefined) throw new MissingTokenError()
    if (countAuthorizations(rawHeaders) > 1 || hasAccessToken(query)) throw new DoubledCredentialsError()
    const credential = BEARER.exec(authorization)
    if (credential === null) throw new MissingTokenError()
    if (!isAnyOf(known, digest(credential[1] ?? ''))) throw new InvalidTokenError()
  }
}

/** All are compared, each in the same time, whichever it is. */
function isAnyOf (known: readonly Buffer[], given: Buffer): boolean {
  return known.map((one) => timingSafeEqual(one, given)).includes(true)
}

/** Of one length, whatever was sent. */
function digest (token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** Node keeps the first of two and says nothing, so the raw header tells. */
function countAuthorizations (rawHeaders: readonly string[]): number {
  return rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization').length
}

/** RFC 6750 2.3: where a token in the address would be; it is never taken. */
function hasAccessToken (query: unknown): boolean {
  return typeof query === 'object' && query !== null && 'access_token' in query
}

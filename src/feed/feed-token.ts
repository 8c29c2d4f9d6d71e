import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { readBearer } from '../contract/index.ts'
import { DoubledCredentialsError, InvalidTokenError, MissingTokenError } from '../errors.ts'

/**
 * @param tokens those that open the feed
 * @returns a function that throws for a request which does not carry exactly one of them (RFC 6750 2 and 3.1)
 */
export function createFeedGuard (tokens: readonly string[]): (request: FastifyRequest) => void {
  const known = tokens.map(digest)
  return (request) => {
    const credential = readBearer(request)
    if (credential === 'missing_token') throw new MissingTokenError()
    if (credential === 'doubled_credentials') throw new DoubledCredentialsError()
    if (!isAnyOf(known, digest(credential.token))) throw new InvalidTokenError()
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

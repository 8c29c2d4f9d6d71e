import { findClaimsFault, findTimeFault, parseClaims, toIdentity, type ExpectedClaims } from '../../verify/index.ts'
import { parseHeader } from '../../verify/index.ts'
import { decodeSegment } from '../../verify/index.ts'

/**
 * Makes what looks at tokens under keys that are not known. Nothing of such a token can be believed, but one that would be
 * refused whatever its signature is worth no question to the issuer.
 *
 * @returns the kid of a token that might be a good one
 */
export function createKidFinder (expected: ExpectedClaims): (token: string, nowMs: number) => string | undefined {
  return function findKid (token, nowMs) {
    const [head = '', body = ''] = token.split('.', 2)
    const claims = parseClaims(decodeSegment(body))
    if (claims === undefined || findClaimsFault(claims, expected) !== undefined || findTimeFault(toIdentity(claims), nowMs) !== undefined) return undefined
    return parseHeader(head)?.kid
  }
}

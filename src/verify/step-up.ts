import { ACR_VALUES, CLOCK_LEEWAY_SECONDS, toLevel, type Acr } from '../contract/index.ts'
import { InsufficientUserAuthenticationError } from '../errors.ts'
import { isRecord } from './access-token.ts'
import type { CurrentUser } from './current-user.ts'
import { toRejectionResponse, toResponse, type RejectionReason, type RejectionResponse } from './rejection.ts'

/** What a route asks for: a proof of the user that is new enough, and strong enough (RFC 9470). */
export interface StepUpOptions {
  /** The most seconds since the user proved who they are. */
  readonly maxAge: number
  /** The weakest proof that is accepted; any, if absent. */
  readonly acr?: Acr
}

/** A check of one route: two comparisons of whole numbers for each request. */
export interface StepUpCheck {
  /** @returns the response to a request whose proof is too old or too weak says what is asked for */
  toResponse (reason: RejectionReason): RejectionResponse
  /**
   * @param user of a request that has passed all other checks
   * @param nowMs epoch milliseconds
   * @returns why the request is rejected; undefined where the proof suffices
   */
  findReason (user: Pick<CurrentUser, 'authenticatedAt' | 'level'>, nowMs: number): RejectionReason | undefined
}

/**
 * @param options of a route; a JavaScript caller may have given anything
 * @throws TypeError for options that cannot be met
 */
export function createStepUpCheck (options: StepUpOptions): StepUpCheck {
  const { maxAge = 0, acr, ...others }: Partial<StepUpOptions> = isRecord(options) ? options : {}
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) throw new TypeError(`stepUp has "${unknown}"; there are "maxAge" and "acr"`)
  if (!Number.isSafeInteger(maxAge) || maxAge < 1) throw new TypeError('stepUp needs a maxAge, in whole seconds from 1')
  if (acr !== undefined && !ACR_VALUES.includes(acr)) {
    throw new TypeError(`stepUp asks for acr "${String(acr)}"; there are ${ACR_VALUES.join(', ')}`)
  }
  const minLevel = acr === undefined ? 1 : toLevel(acr)
  const maxAgeMs = (maxAge + CLOCK_LEEWAY_SECONDS) * 1000
  const response = toResponse(new InsufficientUserAuthenticationError({ headers: { 'www-authenticate': toChallenge(options) } }))
  return {
    toResponse: (reason) => reason === 'insufficient_user_authentication' ? response : toRejectionResponse(reason),
    findReason ({ authenticatedAt, level }, nowMs) {
      // Nobody can ask a machine for a proof.
      if (authenticatedAt === undefined || level === undefined) return 'insufficient_scope'
      return level >= minLevel && nowMs - authenticatedAt * 1000 <= maxAgeMs ? undefined : 'insufficient_user_authentication'
    }
  }
}

/** What meets both. */
export function combineStepUps (one: StepUpOptions, other: StepUpOptions): StepUpOptions {
  const acr = ACR_VALUES.findLast((value) => value === one.acr || value === other.acr)
  return { ...one, ...other, maxAge: Math.min(one.maxAge, other.maxAge), ...(acr !== undefined && { acr }) }
}

/** RFC 9470 3 */
function toChallenge ({ maxAge, acr }: StepUpOptions): string {
  const acrValues = acr === undefined ? '' : `acr_values="${acr}", `
  return `Bearer error="insufficient_user_authentication", ${acrValues}max_age="${maxAge}"`
}

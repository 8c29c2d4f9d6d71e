// The claims of an access token: the issuer writes these, and the edge accepts nothing else.
import type { CustomClaims } from './custom-claims.ts'

/** How a session was authenticated (OpenID Connect Core 2, `acr`), from the weakest to the strongest. */
export const ACR_VALUES = ['aal1', 'aal2', 'phr'] as const

export type Acr = typeof ACR_VALUES[number]

/** The place of an `acr` in `ACR_VALUES`, from 1, so that levels can be compared. */
export type Level = 1 | 2 | 3

/** The claims of an access token (RFC 9068 2.2): these and no others. Times are NumericDate seconds. */
export interface AccessClaims {
  iss: string
  aud: string
  /** The user's id, a UUID. */
  sub: string
  /** The name of one role; the edge knows its capabilities, see `defineRoles`. */
  role: string
  /** The session's id, a UUID. */
  sid: string
  jti: string
  iat: number
  exp: number
  client_id: string
  /** When the user was authenticated, and how. Tokens of a person have both, those of a machine neither. */
  auth_time?: number | undefined
  acr?: Acr | undefined
  /** A ceiling of the role: capabilities with one space between. First-party tokens have none. */
  scope?: string | undefined
  /** The custom claims of the user, if there are any. */
  ext?: CustomClaims | undefined
}

/** RFC 9068 2.1: an id token, or any other JWT signed with the same key, is not accepted as an access token. */
export const TOKEN_TYPE = 'at+jwt'

/** The client of first-party tokens; RFC 9068 2.2 requires one. */
export const CLIENT_ID = 'gatepass'

/** The client of tokens that do nothing but enrol a second factor. */
export const ENROLMENT_CLIENT_ID = 'gatepass-enrolment'

/** The capability that they have; every role that has an account to write has it, too. */
export const ENROLMENT_SCOPE = 'account:enrol'

/** The edge rejects a token with a longer lifetime, even if its signature is valid. */
export const MAX_ACCESS_TTL_SECONDS = 3600

/** How far the clock of an instance may be off. */
export const CLOCK_LEEWAY_SECONDS = 5

/** How far the `iat` of a token may be ahead of the issuer's clock: see the not-before of all users. */
export const ISSUED_AHEAD_SECONDS = 3

export const ROLE_PATTERN = /^[a-z][a-z0-9_-]{0,31}$/

/** A capability, such as `campaigns:read`. */
export const CAPABILITY_PATTERN = /^[a-z][a-z0-9_-]*(:[a-z][a-z0-9_-]*)*$/

export const MAX_AUDIENCE_LENGTH = 64
const MAX_SCOPE_LENGTH = 256

export const UUID_PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** RFC 9562 4: written in lower case, read in any case. */
export const ANY_CASE_UUID_PATTERN = new RegExp(UUID_PATTERN, 'i')

/**
 * @param text of a person or a client
 * @returns the UUID as we write it, in lower case; undefined for text that is no UUID
 */
export function toLowerCaseUuid (text: string): string | undefined {
  return ANY_CASE_UUID_PATTERN.test(text) ? text.toLowerCase() : undefined
}

export function toLevel (acr: Acr): Level {
  return ACR_VALUES.indexOf(acr) + 1 as Level
}

export function toAcr (level: Level): Acr {
  return ACR_VALUES[level - 1] ?? 'aal1'
}

/**
 * @param scope capabilities with one space between; '' is none
 * @returns undefined for anything else
 */
export function parseScope (scope: string): readonly string[] | undefined {
  if (scope.length > MAX_SCOPE_LENGTH) return undefined
  const capabilities = scope === '' ? [] : scope.split(' ')
  return capabilities.every((capability) => CAPABILITY_PATTERN.test(capability)) ? capabilities : undefined
}

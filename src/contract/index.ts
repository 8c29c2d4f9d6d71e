export { readBearer, readRequestBearer, type BearerRequest, type NodeRequest } from './bearer.ts'
export {
  ACR_VALUES, ANY_CASE_UUID_PATTERN, CLIENT_ID, CLOCK_LEEWAY_SECONDS, ENROLMENT_CLIENT_ID, ENROLMENT_SCOPE, ISSUED_AHEAD_SECONDS,
  MAX_ACCESS_TTL_SECONDS, MAX_AUDIENCE_LENGTH, parseScope, ROLE_PATTERN, toAcr, TOKEN_TYPE, toLevel, toLowerCaseUuid, UUID_PATTERN,
  type AccessClaims, type Acr, type Level
} from './claims.ts'
export { ClockSkew, ExpiryClock, logClockSkew } from './clocks.ts'
export {
  areSameClaims, CLAIM_NAME_PATTERN, findCustomClaimsFault, MAX_CLAIMS, MAX_CLAIMS_BYTES, type CustomClaims
} from './custom-claims.ts'
export { isLoopback } from './loopback.ts'
export { ALGORITHMS, findJwkFormat, JWK_FORMATS, parsePublicJwk, type Algorithm, type PublicJwk } from './public-jwk.ts'
export {
  AS_OF_HEADER, type FeedDocument, type FeedEvents, type FeedHeartbeat, type FeedKeys, type FeedSnapshot, type RefreshRequired,
  type SessionRevoked
} from './revocation.ts'
export { RevocationSet } from './revocation-set.ts'
export { defaultRoles, defineRoles, type Capability, type RoleDefinitions, type RoleName, type Roles } from './roles.ts'
export { STATUS_TITLES } from './status-titles.ts'

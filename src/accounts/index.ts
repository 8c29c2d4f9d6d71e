export { assertAccountPassword, assertClaims, createAccount, type NewAccount } from './create.ts'
export { normalizeEmail, parseEmail, toEmail, type Email } from './email.ts'
export {
  ADMIN_ROLE, DEFAULT_ADMIN_EMAIL, ensureFirstAdmin, findFirstAdmin, hasAdmin, lockAdmins, type CreatedAdmin
} from './first-admin.ts'
export { findMailbox, lockMailbox, type Mailbox } from './mailboxes.ts'
export {
  closeMails, CREDENTIAL_TABLES, PROOF_PURPOSES, removeCredentials, voidAllMailedProofs, voidMailedProofs, type ProofPurpose
} from './mailed-proofs.ts'
export {
  assertEnrolment, assertLevel, countFactors, hasFactor, isDemanded, isDemandedSql, lockForFactors, needsSecondFactor, needsSecondFactorSql,
  SECOND_FACTORS, toEnrolmentId, toFactorNames, type AuthenticatedOwner, type EnrolledFactors, type SecondFactor, type SecondFactorPolicy
} from './second-factors.ts'
export {
  ClaimsSchema, EmailSchema, EXAMPLE_PASSWORD, IdSchema, NewPasswordSchema, NextCursorSchema, PageQuerySchema, pagingProperties,
  PasswordSchema, RoleSchema, toUserBody, toVerifiedBody, userProperties, verifiedProperty, type PageQuery, type UserBody
} from './schemas.ts'
export {
  credentialsLookup, findCredentialsByEmail, findCredentialsById, findUser, insertUser, listRoles, listUsers, lockUser, toEmailColumns,
  toEmailTaken, toUser, USER_COLUMNS, type Credentials, type User, type UserQuery
} from './store.ts'

import type { AppOptions } from '../app.ts'
import { findCustomClaimsFault, type CustomClaims } from '../contract/index.ts'
import {
  assertAccountPassword, createAccount, findCredentialsByEmail, findUser, listUsers, normalizeEmail, toVerifiedBody, type User
} from '../accounts/index.ts'
import { EmailTakenError, NotFoundError } from '../errors.ts'
import { loadConfig } from '../config/index.ts'
import { createHasher, OperatorError } from '../dependencies.ts'
import { commandLineName } from '../package.ts'
import { openRoles } from '../roles.ts'
import { inviteUser, removeSecondFactors, sendPasswordMail, updateUser, type ChangeContext } from '../administration/index.ts'
import { createOutbox } from '../mail/index.ts'
import { choosePassword, type PasswordChoice } from './password.ts'
import { table, type Result } from './run.ts'
import { CLI_ACTOR, PASSWORD_PLACEHOLDER, requireUser, userPath, withDatabase, type CommandContext } from './command-context.ts'

/** @param options `role`: DEFAULT_ROLE, if there is none */
export async function createCommand (
  email: string, { role: given, ...choice }: PasswordChoice & { role?: string }, app: AppOptions
): Promise<Result> {
  const role = await chooseRole(given, app)
  const { password, isGenerated } = await choosePassword(choice)
  const request = { method: 'POST', path: 'users', body: { email, password: PASSWORD_PLACEHOLDER, role } } as const
  return withDatabase(request, async ({ config, database }) => {
    const options = { db: database.kysely, hasher: createHasher(config), passwordMinLength: config.passwordMinLength }
    const user = await createAccount(options, { email, password, role }, CLI_ACTOR)
    return toResult(user, isGenerated ? password : undefined)
  })
}

/**
 * Invites a new user, or once more one who has no password yet.
 *
 * @param options `role`: DEFAULT_ROLE, if there is none
 * @throws OperatorError where mail is off, and for a user who needs no invitation
 */
export async function inviteCommand (email: string, { role: given }: { role?: string }, app: AppOptions): Promise<Result> {
  if (loadConfig().mail.mode === 'off') {
    throw new OperatorError(`This service sends no mail: set SMTP_URL and MAIL_FROM, or run "${commandLineName()} user create".`)
  }
  const role = await chooseRole(given, app)
  return withDatabase({ method: 'POST', path: 'users', body: { email, role } }, async (context) => {
    const changeContext = toChangeContext(context)
    const db = context.database.kysely
    const known = await findCredentialsByEmail(db, normalizeEmail(email))
    if (known === undefined) return toResult(await inviteUser(changeContext, { email, role }, CLI_ACTOR))
    if (known.passwordHash !== undefined) throw new EmailTakenError()
    if (known.disabled) throw new OperatorError(`This user is disabled: run "${commandLineName()} user enable" first.`)
    if (given !== undefined && given !== known.role) {
      throw new OperatorError(`This user was invited as ${known.role}: run "${commandLineName()} user role", and invite without --role.`)
    }
    await sendPasswordMail(changeContext, known.id, CLI_ACTOR)
    const user = await findUser(db, known.id)
    if (user === undefined) throw new NotFoundError()
    return toResult(user)
  })
}

export async function listCommand ({ role, limit, after }: { role?: string, limit: number, after?: string }): Promise<Result> {
  return withDatabase({ method: 'GET', path: 'users' }, async ({ database }) => {
    const { users, next } = await listUsers(database.kysely, { role, limit, after })
    const rows = users.map((user) => [user.id, user.email, user.role, user.disabled ? 'disabled' : '', user.createdAt.toISOString()])
    const more = next === null ? '' : `\nMore: --after ${next}`
    return { text: table([['ID', 'E-MAIL', 'ROLE', '', 'CREATED'], ...rows]) + more, value: { users: users.map(toJson), next } }
  })
}

export async function changeCommand (name: string, changes: { role?: string, disabled?: boolean }, app: AppOptions): Promise<Result> {
  if (changes.role !== undefined) await chooseRole(changes.role, app)
  return withDatabase({ method: 'PATCH', path: userPath(name), body: changes }, async (context) => {
    const user = await requireUser(context.database, name)
    return toResult(await updateUser(toChangeContext(context), user.id, changes, CLI_ACTOR))
  })
}

/** @param json an object that replaces all custom claims of the user */
export async function claimsCommand (name: string, json: string): Promise<Result> {
  const claims = parseClaims(json)
  return withDatabase({ method: 'PATCH', path: userPath(name), body: { claims } }, async (context) => {
    const user = await requireUser(context.database, name)
    return toResult(await updateUser(toChangeContext(context), user.id, { claims }, CLI_ACTOR))
  })
}

function parseClaims (json: string): CustomClaims {
  let claims: unknown
  try {
    claims = JSON.parse(json)
  } catch (cause) {
    throw new OperatorError('The claims are no JSON: write an object, such as \'{"org_id":"acme"}\'.', { cause })
  }
  const fault = findCustomClaimsFault(claims)
  if (fault === undefined) return claims as CustomClaims
  throw new OperatorError(`The claims ${fault.name === undefined ? '' : `have "${fault.name}", which `}${fault.message}.`)
}

export async function passwordCommand (name: string, choice: PasswordChoice): Promise<Result> {
  const { password, isGenerated } = await choosePassword(choice)
  return withDatabase({ method: 'PATCH', path: userPath(name), body: { password: PASSWORD_PLACEHOLDER } }, async (context) => {
    const { config, database } = context
    const user = await requireUser(database, name)
    assertAccountPassword(password, { minLength: config.passwordMinLength, email: user.email })
    const passwordHash = await createHasher(config).hash(password)
    return toResult(await updateUser(toChangeContext(context), user.id, { passwordHash }, CLI_ACTOR), isGenerated ? password : undefined)
  })
}

/** For a user who has lost them. */
export async function removeFactorsCommand (name: string): Promise<Result> {
  return withDatabase({ method: 'DELETE', path: `${userPath(name)}/second-factor` }, async (context) => {
    const { id } = await requireUser(context.database, name)
    const removed = await removeSecondFactors(toChangeContext(context), id, CLI_ACTOR)
    const user = await findUser(context.database.kysely, id)
    if (user === undefined) throw new NotFoundError()
    const { text } = toResult(user)
    const done = removed ? 'The second factors are removed, and the sessions of the user have ended.' : 'The user has no second factor.'
    return { text: `${text}\n${done}`, value: { ...toJson(user), removed } }
  })
}

/** The sender is in the service: what a command queues is sent once the service runs. */
function toChangeContext ({ config, database }: Pick<CommandContext, 'config' | 'database'>): ChangeContext {
  return { database, outbox: createOutbox({ isEnabled: config.mail.mode !== 'off' }) }
}

/**
 * @param given undefined: DEFAULT_ROLE
 * @throws OperatorError for a role that is not defined
 */
async function chooseRole (given: string | undefined, app: AppOptions): Promise<string> {
  const config = loadConfig()
  const roles = await openRoles(config, app.roles)
  const role = given ?? config.defaultRole
  if (roles.has(role)) return role
  throw new OperatorError(`The role must be one of ${roles.names.join(', ')}.`)
}

function toResult (user: User, password?: string): Result {
  const state = user.disabled ? ', disabled' : ''
  const claims = Object.keys(user.claims).length === 0 ? '' : `  ${JSON.stringify(user.claims)}`
  const text = `${user.id}  ${user.email}  ${user.role}${state}${claims}`
  if (password === undefined) return { text, value: toJson(user) }
  return { text: `${text}\npassword: ${password}`, value: { ...toJson(user), password }, isShownOnce: true }
}

function toJson (user: User) {
  const { id, email, role, claims, disabled, createdAt } = user
  return { id, email, role, claims, disabled, created_at: createdAt.toISOString(), ...toVerifiedBody(user) }
}

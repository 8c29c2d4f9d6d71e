import type { AppOptions } from '../app.ts'
import { findCustomClaimsFault, type CustomClaims } from '../contract/index.ts'
import { assertAccountPassword, createAccount, listUsers, type User } from '../accounts/index.ts'
import { loadConfig } from '../config/index.ts'
import { createHasher, OperatorError } from '../dependencies.ts'
import { openRoles } from '../roles.ts'
import { updateUser } from '../administration/index.ts'
import { choosePassword, type PasswordChoice } from './password.ts'
import { table, type Result } from './run.ts'
import { CLI_ACTOR, PASSWORD_PLACEHOLDER, requireUser, userPath, withDatabase } from './command-context.ts'

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
  return withDatabase({ method: 'PATCH', path: userPath(name), body: changes }, async ({ database }) => {
    const user = await requireUser(database, name)
    return toResult(await updateUser(database, user.id, changes, CLI_ACTOR))
  })
}

/** @param json an object that replaces all custom claims of the user */
export async function claimsCommand (name: string, json: string): Promise<Result> {
  const claims = parseClaims(json)
  return withDatabase({ method: 'PATCH', path: userPath(name), body: { claims } }, async ({ database }) => {
    const user = await requireUser(database, name)
    return toResult(await updateUser(database, user.id, { claims }, CLI_ACTOR))
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
  return withDatabase({ method: 'PATCH', path: userPath(name), body: { password: PASSWORD_PLACEHOLDER } }, async ({ config, database }) => {
    const user = await requireUser(database, name)
    assertAccountPassword(password, { minLength: config.passwordMinLength, email: user.email })
    const passwordHash = await createHasher(config).hash(password)
    return toResult(await updateUser(database, user.id, { passwordHash }, CLI_ACTOR), isGenerated ? password : undefined)
  })
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

function toJson ({ id, email, role, claims, disabled, createdAt }: User) {
  return { id, email, role, claims, disabled, created_at: createdAt.toISOString() }
}

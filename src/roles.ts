// The roles of the service: the team's own, from ROLES_FILE or from the code that embeds the service, or the defaults.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ADMIN_ROLE, isDemanded, listRoles, type SecondFactorPolicy } from './accounts/index.ts'
import { ConfigError, type Config } from './config/index.ts'
import { defaultRoles, defineRoles, ENROLMENT_SCOPE, type RoleDefinitions, type Roles } from './contract/index.ts'
import type { Dependencies } from './dependencies.ts'
import { readJsonFile, toUnreadable } from './json-file.ts'
import { createUserFactory, type AnyRoles, type RegisteredRoles } from './verify/index.ts'

const EXAMPLE = '{"admin":[],"editor":["account:read","account:write","articles:write"]}'

/** What the routes of the service itself ask of an admin: the admins of any team have it. */
const ISSUER_CAPABILITIES = [...defaultRoles.getCapabilities(ADMIN_ROLE)]

/** The role, and what its users lack without it: their own account. */
const ACCOUNT_CAPABILITY = 'account:read'

type RoleSettings = Pick<Config, 'rolesFile' | 'defaultRole'> & Partial<Pick<Config, 'secondFactor'>>

/** They are the registered ones, as far as the compiler knows. */
export type ServiceRoles = Roles<RegisteredRoles>

/**
 * Opens the roles of the service.
 *
 * @param settings `rolesFile`: JSON, or a module that exports the roles as `default` or `roles`; undefined: the default roles
 * @param given instead of those of the settings
 * @returns with all that the service's own routes ask for added to `admin`
 * @throws ConfigError with one sentence, where they cannot be used, or DEFAULT_ROLE is none of them
 */
export async function openRoles (
  { rolesFile, defaultRole, secondFactor = 'optional' }: RoleSettings, given?: AnyRoles
): Promise<ServiceRoles> {
  const source = given === undefined && rolesFile !== undefined ? 'ROLES_FILE' : 'roles'
  const roles = given ?? (rolesFile === undefined ? defaultRoles : await readRoles(rolesFile))
  if (!roles.names.includes(ADMIN_ROLE)) throw new ConfigError(`${source} must have "${ADMIN_ROLE}", the role of those who manage users.`)
  if (!roles.names.includes(defaultRole)) {
    throw new ConfigError(`DEFAULT_ROLE is "${defaultRole}", which is not defined: set it to one of ${roles.names.join(', ')}.`)
  }
  const ofAdmins = new Set([...roles.getCapabilities(ADMIN_ROLE), ...ISSUER_CAPABILITIES])
  return define(source, { ...withEnrolment(toDefinitions(roles), secondFactor), [ADMIN_ROLE]: [...ofAdmins] }) as ServiceRoles
}

/** Logs what is probably a mistake. A user whose role is not defined can do nothing: 403. */
export async function reportRoles (roles: ServiceRoles, { database, log }: Pick<Dependencies, 'database' | 'log'>): Promise<void> {
  for (const role of roles.names.filter((role) => !roles.getCapabilities(role).has(ACCOUNT_CAPABILITY))) {
    const warning = `The role "${role}" lacks "${ACCOUNT_CAPABILITY}": its users cannot read their own account.`
    log.warn({ event: 'setting_warning', warning }, 'a setting is probably a mistake')
  }
  const undefinedRoles = (await listRoles(database.kysely)).filter((role) => !roles.has(role))
  if (undefinedRoles.length === 0) return
  log.warn({ event: 'undefined_roles', roles: undefinedRoles }, 'users have roles that are not defined: they can do nothing')
}

async function readRoles (file: string): Promise<Roles> {
  const value = file.endsWith('.json') ? await readJsonFile('ROLES_FILE', file) : await importRoles(file)
  return isRoles(value) ? value : define('ROLES_FILE', value)
}

async function importRoles (file: string): Promise<unknown> {
  try {
    const { default: main, roles = main } = await import(pathToFileURL(resolve(file)).href)
    return roles
  } catch (error) {
    throw toUnreadable('ROLES_FILE', error)
  }
}

/** What `defineRoles` returns; the module may have another copy of it. */
function isRoles (value: unknown): value is Roles {
  return typeof value === 'object' && value !== null && 'getCapabilities' in value && typeof value.getCapabilities === 'function'
}

function define (source: string, value: unknown): Roles {
  if (!isDefinitions(value)) throw new ConfigError(`${source} must map each role to a list of capabilities, such as ${EXAMPLE}.`)
  try {
    const roles = defineRoles(value)
    // Two roles may not share one isX().
    createUserFactory(roles)
    return roles
  } catch (error) {
    throw error instanceof TypeError ? new ConfigError(`${source}: ${error.message}.`, { cause: error }) : error
  }
}

function isDefinitions (value: unknown): value is RoleDefinitions {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const isText = (item: unknown): boolean => typeof item === 'string'
  const lists = Object.values(value)
  return lists.length > 0 && lists.every((list) => Array.isArray(list) && list.every(isText))
}

/** Who may change their account, or has to enrol a second factor, may do so: the team need not name it. */
function withEnrolment (roles: RoleDefinitions, policy: SecondFactorPolicy): RoleDefinitions {
  return Object.fromEntries(Object.entries(roles).map(([role, granted]) => {
    const mayEnrol = granted.includes('account:write') || isDemanded(policy, role)
    return [role, mayEnrol ? [...new Set([...granted, ENROLMENT_SCOPE])] : granted]
  }))
}

function toDefinitions (roles: AnyRoles): RoleDefinitions {
  return Object.fromEntries(roles.names.map((role) => [role, [...roles.getCapabilities(role)]]))
}

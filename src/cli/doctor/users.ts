// Roles, and who has them.
import { ADMIN_ROLE, hasAdmin, listRoles } from '../../accounts/index.ts'
import { findPasskeyFault } from '../../passkeys/index.ts'
import { openRoles } from '../../roles.ts'
import { toSentence } from '../failure.ts'
import { firstOf, type Finding, type DatabaseContext, type CheckContext } from './finding.ts'

/** The roles of ROLES_FILE, or of the program. */
export async function checkRoles ({ config, app }: CheckContext): Promise<Finding> {
  const check = 'roles'
  try {
    const roles = await openRoles(config, app.roles)
    const lacking = roles.names.find((role) => !roles.getCapabilities(role).has('account:read'))
    return firstOf(check, [
      [lacking !== undefined, 'warning', `The role "${lacking}" lacks "account:read", so its users cannot read their own account: add it.`]
    ], `The roles are ${roles.names.join(', ')}; new users get ${config.defaultRole}.`)
  } catch (error) {
    return { check, level: 'fault', message: toSentence(error) }
  }
}

/** Whether all passkeys are for the domain of the settings. */
export async function checkPasskeys ({ config: { passkeys }, database }: DatabaseContext): Promise<Finding> {
  const fault = await findPasskeyFault(database.kysely, passkeys)
  return firstOf('passkeys', [[fault !== undefined, 'warning', fault ?? '']], `Every passkey is for ${passkeys.rpId}, as new ones are.`)
}

/** Whether there is an admin, and whether all roles in the database are defined. */
export async function checkUsers ({ config, app, database }: DatabaseContext): Promise<Finding> {
  const roles = await openRoles(config, app.roles).catch(() => undefined)
  const strange = (await listRoles(database.kysely)).filter((role) => roles !== undefined && !roles.has(role))
  const isMadeAtStart = database.embedded || config.admin?.password !== undefined
  return firstOf('users', [
    [
      strange.length > 0, 'fault',
      `Users have roles that are not defined, and can do nothing (${strange.join(', ')}): define them in ROLES_FILE, or give these users ` +
      'others with "npx gatepass user role EMAIL ROLE".'
    ],
    [
      !isMadeAtStart && !await hasAdmin(database.kysely), 'warning',
      `There is no ${ADMIN_ROLE} who can log in: run "npx gatepass user create EMAIL --role ${ADMIN_ROLE}".`
    ]
  ], 'Every user has a role that is defined.')
}

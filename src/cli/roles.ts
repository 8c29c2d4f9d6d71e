import type { AppOptions } from '../app.ts'
import { loadConfig } from '../config/index.ts'
import { openRoles } from '../roles.ts'
import { table, type Result } from './run.ts'

export async function listCommand (app: AppOptions): Promise<Result> {
  const config = loadConfig()
  const roles = await openRoles(config, app.roles)
  const list = roles.names.map((name) => ({ name, capabilities: [...roles.getCapabilities(name)], isDefault: name === config.defaultRole }))
  const rows = list.map(({ name, capabilities, isDefault }) => [name, isDefault ? 'default' : '', capabilities.join(' ')])
  return {
    text: table([['ROLE', '', 'CAPABILITIES'], ...rows]),
    value: { roles: list.map(({ isDefault, ...role }) => ({ ...role, default: isDefault })) }
  }
}

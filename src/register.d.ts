// The roles that type the service's own modules. It is in no build, since a team that embeds the service declares its own.
import type { defaultRoles } from './contract/index.ts'

declare module './verify/register.ts' {
  interface Register { roles: typeof defaultRoles }
}

import { defineRoles } from 'gatepass/edge'

/** Who may do what. Admins have what the service itself asks of them, besides this; "user" is the role of those who register. */
export const roles = defineRoles({
  admin: ['notes:read', 'notes:write', 'reports:write'],
  editor: ['account:read', 'account:write', 'notes:read', 'notes:write', 'reports:write'],
  user: ['account:read', 'account:write', 'notes:read']
})

// From here on a capability or a role that is misspelled does not compile.
declare module 'gatepass/edge' {
  interface Register { roles: typeof roles }
}

import { type Config } from './config.ts'
import { ensureFirstAdmin, hasAdmin } from './credentials/index.ts'
import { type Parts } from './parts.ts'

/** Whom to log in as: made by this start, known from before, or nobody yet. A password is there only if it was generated. */
export type Admin = { kind: 'made', email: string, password: string | undefined } | { kind: 'known' } | { kind: 'missing' }

const EMBEDDED_ADMIN_EMAIL = 'admin@example.com'
const THIS_MACHINE = new Set(['0.0.0.0', '::', '127.0.0.1', '::1', 'localhost'])

/**
 * Sees to it that somebody can administer the service. With the embedded database an admin is made up where none is set; with a
 * server's, whose start nobody may be watching, a password is never generated.
 */
export async function findOrMakeAdmin ({ admin, passwordMinLength }: Config, { database, hasher }: Pick<Parts, 'database' | 'hasher'>): Promise<Admin> {
  const email = admin?.email ?? (database.embedded ? EMBEDDED_ADMIN_EMAIL : undefined)
  const password = admin?.password
  if (email === undefined || (password === undefined && !database.embedded)) {
    return { kind: await hasAdmin(database.kysely) ? 'known' : 'missing' }
  }
  const made = await ensureFirstAdmin(database, hasher, { email, password, passwordMinLength })
  if (made === undefined) return { kind: 'known' }
  return { kind: 'made', email: made.email, password: password === undefined ? made.password : undefined }
}

/**
 * What a start says to the person who made it, on standard output and never in the log: where to go, and as whom.
 *
 * @returns a few lines
 */
export function greet ({ host, port, docs, admin }: { host: string, port: number, docs: boolean, admin: Admin }): string {
  const address = `http://${THIS_MACHINE.has(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
  const lines = [
    `gatepass is at ${address}`,
    ...(docs ? [`  docs      ${address}/docs`] : []),
    ...introduce(admin, address)
  ]
  return `\n${lines.join('\n')}\n\n`
}

function introduce (admin: Admin, address: string): string[] {
  if (admin.kind === 'known') return []
  if (admin.kind === 'missing') return ['', 'There is no admin yet: set ADMIN_EMAIL and ADMIN_PASSWORD and start again, or run "npx gatepass user create EMAIL --role admin".']
  const { email, password } = admin
  const body = JSON.stringify({ email, password: password ?? '…' }).replaceAll("'", "'\\''")
  return [
    `  admin     ${email}`,
    ...(password === undefined ? [] : [`  password  ${password}   (shown this once)`]),
    '',
    'Log in:',
    `  curl ${address}/auth/login -H 'content-type: application/json' -d '${body}'`
  ]
}

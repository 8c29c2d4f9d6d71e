import { fstatSync, statSync } from 'node:fs'
import type { Config } from '../config/index.ts'
import { ensureFirstAdmin, findFirstAdmin, type MadeAdmin } from '../accounts/index.ts'
import { EmailTakenError, InvalidRequestError, WeakPasswordError } from '../errors.ts'
import { OperatorError, type Dependencies } from '../dependencies.ts'

/** Whom to log in as: made by this start, known from before, or nobody yet. A password is there only if it was generated. */
export type Admin =
  | { kind: 'made', email: string, password: string | undefined }
  | { kind: 'known', email: string, others: number }
  | { kind: 'missing' }

type Announce = (admin: Admin) => Promise<void>

const EMBEDDED_ADMIN_EMAIL = 'admin@example.com'
const THIS_MACHINE = new Set(['0.0.0.0', '::', '127.0.0.1', '::1', 'localhost'])
const SHOW_WITHIN_MS = 5_000

/**
 * Sees to it that somebody can administer the service. With the embedded database an admin is made up where none is set; with a
 * server's, whose start nobody may be watching, a password is never generated.
 *
 * @param announce listens, and shows whom to log in as; called once. An admin that this start makes is committed after it has
 * resolved, and not at all if it rejects: there is none whose password nobody has seen
 * @throws OperatorError when the admin that is set cannot be made; whatever `announce` throws
 */
export async function findOrMakeAdmin (config: Config, { database, hasher }: Pick<Dependencies, 'database' | 'hasher'>, announce: Announce): Promise<void> {
  const email = config.admin?.email ?? (database.embedded ? EMBEDDED_ADMIN_EMAIL : undefined)
  const password = config.admin?.password
  if (email !== undefined && (password !== undefined || database.embedded)) {
    const { passwordMinLength } = config
    const beforeCommit = (made: MadeAdmin) => announce({ kind: 'made', email: made.email, password: password === undefined ? made.password : undefined })
    const making = ensureFirstAdmin(database, hasher, { email, password, passwordMinLength, beforeCommit })
    if (await making.catch((error: unknown) => { throw toOperatorError(error, email) }) !== undefined) return
  }
  const known = await findFirstAdmin(database.kysely)
  await announce(known === undefined ? { kind: 'missing' } : { kind: 'known', ...known })
}

/** A client would be told of members of its request; the operator is told of settings. */
function toOperatorError (error: unknown, email: string): unknown {
  if (error instanceof WeakPasswordError) return new OperatorError(`ADMIN_PASSWORD ${error.errors?.[0]?.message ?? 'is too weak'}: set another one.`)
  if (error instanceof InvalidRequestError) return new OperatorError('ADMIN_EMAIL must be an e-mail address, and ADMIN_PASSWORD text of at most 256 characters.')
  if (error instanceof EmailTakenError) {
    return new OperatorError(`ADMIN_EMAIL is that of a user who is no admin: set another one, or run "npx gatepass user role ${shellWord(email)} admin".`)
  }
  return error
}

export interface Greeting {
  host: string
  port: number
  docs: boolean
  /** Commands are refused while the service has the embedded database open. */
  embedded: boolean
  admin: Admin
}

/**
 * What a start says to the person who made it, on standard output and never in the log: where to go, and as whom.
 *
 * @returns a few lines
 */
export function greet ({ host, port, docs, embedded, admin }: Greeting): string {
  const address = `http://${THIS_MACHINE.has(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
  const lines = [
    `gatepass is at ${address}`,
    ...(docs ? [`  docs      ${address}/docs`] : []),
    ...introduce(admin, address, embedded)
  ]
  return `\n${lines.join('\n')}\n\n`
}

function introduce (admin: Admin, address: string, embedded: boolean): string[] {
  const stop = embedded ? 'stop this, and run' : 'run'
  if (admin.kind === 'known') {
    const others = admin.others === 0 ? '' : `, and ${admin.others} more`
    return [`  admin     ${admin.email}${others}   (for a new password ${stop} "npx gatepass user password ${shellWord(admin.email)}")`]
  }
  if (admin.kind === 'missing') return ['', `There is no admin yet: set ADMIN_EMAIL and ADMIN_PASSWORD and start again, or ${stop} "npx gatepass user create EMAIL --role admin".`]
  const { email, password } = admin
  return [
    `  admin     ${email}`,
    ...(password === undefined ? [] : [`  password  ${password}   (shown this once)`]),
    '',
    'Log in:',
    `  curl ${address}/auth/login -H 'content-type: application/json' -d ${quote(JSON.stringify({ email, password: password ?? '…' }))}`
  ]
}

/** As it can be pasted. */
function shellWord (text: string): string {
  return /^[\w.@+-]+$/.test(text) ? text : quote(text)
}

function quote (text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * Shows it on standard output.
 *
 * @throws OperatorError when there is a generated password in it, and nobody can have seen it
 */
export async function show (greeting: Greeting): Promise<void> {
  const text = greet(greeting)
  if (greeting.admin.kind !== 'made' || greeting.admin.password === undefined) {
    process.stdout.write(text)
    return
  }
  try {
    if (isNowhere()) throw new Error('it is /dev/null')
    await write(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown'
    const advice = 'start once where it can be read, or set ADMIN_EMAIL and ADMIN_PASSWORD'
    throw new OperatorError(`The password of the first admin could not be shown on standard output (${reason}), so none was made: ${advice}.`, { cause: error })
  }
}

/** Where a standard output that was closed goes, too. */
function isNowhere (): boolean {
  const output = fstatSync(1)
  return output.isCharacterDevice() && output.rdev === statSync('/dev/null', { throwIfNoEntry: false })?.rdev
}

function write (text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('nobody reads it')), SHOW_WITHIN_MS)
    process.stdout.write(text, (error) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve()
    })
  })
}

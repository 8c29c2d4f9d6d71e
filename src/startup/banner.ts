import { fstatSync, statSync } from 'node:fs'
import { OperatorError } from '../dependencies.ts'
import { commandLineName } from '../package.ts'
import { shellQuote, type Admin } from './admin.ts'

interface BannerOptions {
  version: string
  host: string
  port: number
  docs: boolean
  /** Whether mails are shown at /dev/mails, and not sent. */
  mails: boolean
  /** With the embedded database, commands are refused while the service runs. */
  embedded: boolean
  admin: Admin
}

const LOCAL_HOSTS = new Set(['0.0.0.0', '::', '127.0.0.1', '::1', 'localhost'])
const WRITE_TIMEOUT_MS = 5_000

/**
 * Formats the lines for the person who started the service: its address, and how to log in. They go to standard output, never to the log.
 *
 * @returns a few lines
 */
export function formatBanner ({ version, host, port, docs, mails, embedded, admin }: BannerOptions): string {
  const address = `http://${LOCAL_HOSTS.has(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`
  const lines = [
    `gatepass is at ${address}`,
    `  version   ${version}`,
    ...(docs ? [`  docs      ${address}/docs`] : []),
    ...(mails ? [`  mails     ${address}/dev/mails   (none is sent: set SMTP_URL)`] : []),
    ...adminLines(admin, { address, docs, embedded })
  ]
  return `\n${lines.join('\n')}\n\n`
}

function adminLines (admin: Admin, { address, docs, embedded }: { address: string, docs: boolean, embedded: boolean }): string[] {
  const run = `${embedded ? 'stop the service and run' : 'run'} "${commandLineName()}`
  if (admin.kind === 'existing') {
    const others = admin.others === 0 ? '' : `, and ${admin.others} more`
    return [`  admin     ${admin.email}${others}   (for a new password, ${run} user password ${shellQuote(admin.email)}")`]
  }
  if (admin.kind === 'missing') {
    const advice = `set ADMIN_EMAIL and ADMIN_PASSWORD and start again, or ${run} user create EMAIL --role admin"`
    return ['', `There is no admin yet: ${advice}.`]
  }
  const { email, password } = admin
  const body = JSON.stringify({ email, password: password ?? '…' })
  return [
    `  admin     ${email}`,
    ...(password === undefined ? [] : [`  password  ${password}   (shown this once)`]),
    '',
    'Log in:',
    // Behind "#", where a browser keeps it to itself: the page fills its form with it.
    ...(docs && password !== undefined ? [`  ${address}/docs#${new URLSearchParams({ email, password })}`] : []),
    `  curl ${address}/auth/login -H 'content-type: application/json' -d ${shellQuote(body)}`
  ]
}

/**
 * Prints the banner on standard output.
 *
 * @throws OperatorError when it has a generated password that nobody can have seen
 */
export async function printBanner (options: BannerOptions): Promise<void> {
  const text = formatBanner(options)
  const { admin } = options
  if (admin.kind !== 'created' || admin.password === undefined) {
    process.stdout.write(text)
    return
  }
  try {
    if (isDevNull()) throw new Error('it is /dev/null')
    await write(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unknown'
    const advice = 'start once where it can be read, or set ADMIN_EMAIL and ADMIN_PASSWORD'
    const failure = `The password of the first admin could not be shown on standard output (${reason})`
    throw new OperatorError(`${failure}, so no admin was created: ${advice}.`, { cause: error })
  }
}

/** Node also opens /dev/null in place of a standard output that is closed. */
function isDevNull (): boolean {
  const output = fstatSync(1)
  return output.isCharacterDevice() && output.rdev === statSync('/dev/null', { throwIfNoEntry: false })?.rdev
}

function write (text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('nothing reads it')), WRITE_TIMEOUT_MS)
    process.stdout.write(text, (error) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve()
    })
  })
}

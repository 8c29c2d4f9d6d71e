import type { AppOptions } from '../../app.ts'
import { inspectSettings } from '../../config/index.ts'
import { createDatabase, DataDirInUseError, type Database } from '../../database/index.ts'
import { toSentence } from '../failure.ts'
import { table, type Result } from '../run.ts'
import { inspectDataDirectory } from './data-directory.ts'
import { checkClock, checkDeadline, checkListen, checkMigrations, checkRights, checkServer } from './database.ts'
import type { Finding, Level, CheckContext } from './finding.ts'
import { checkKeys } from './keys.ts'
import { checkMail, checkOutbox } from './mail.ts'
import { checkCookie, checkCors, checkFeed, checkIssuer, checkProxy, checkSettings } from './settings.ts'
import { checkPasskeys, checkRoles, checkUsers } from './users.ts'

interface Check {
  name: string
  /** It is skipped if one of them is faulty. */
  settings: readonly string[]
  look: (context: CheckContext) => Finding | Promise<Finding>
}

/** Without a database. A check of something new goes here. */
const CHECKS: readonly Check[] = [
  { name: 'issuer', settings: ['ISSUER', 'HOST', 'AUDIENCES', 'AUDIENCE', 'DATABASE_URL'], look: checkIssuer },
  { name: 'proxy', settings: ['ISSUER', 'TRUST_PROXY'], look: checkProxy },
  { name: 'cors', settings: ['ISSUER', 'CORS_ORIGINS'], look: checkCors },
  { name: 'cookie', settings: ['ISSUER', 'COOKIE_DOMAIN'], look: checkCookie },
  { name: 'feed', settings: ['FEED_TOKEN', 'AUDIENCES'], look: checkFeed },
  { name: 'roles', settings: ['ROLES_FILE', 'DEFAULT_ROLE'], look: checkRoles },
  { name: 'mail', settings: ['SMTP_URL', 'MAIL_FROM', 'MAIL_LANGUAGE', 'APP_NAME', 'LINK_URL'], look: checkMail }
]

const PASSKEY_SETTINGS = ['PASSKEY_RP_ID', 'ISSUER']
const DATABASE_SETTINGS = ['DATABASE_URL', 'DATABASE_LISTEN_URL', 'DATABASE_POOL_SIZE', 'DATA_DIR']

/**
 * Looks at everything that the service needs, and changes no data.
 *
 * @param app what a team adds
 * @returns a line for each finding; a failure if there is a fault
 */
export async function doctorCommand (app: AppOptions): Promise<Result> {
  const inspection = inspectSettings()
  const { config, faulty, isProduction } = inspection
  const findings = checkSettings(inspection)
  if (config !== undefined) {
    const context = { config, faulty, isProduction, app }
    for (const { name, settings, look } of CHECKS) findings.push(findSkip(name, settings, faulty) ?? await look(context))
    const skip = findSkip('database', DATABASE_SETTINGS, faulty)
    findings.push(...skip === undefined ? await checkStore(context) : [skip])
  }
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length
  const [faults, warnings] = [count('fault'), count('warning')]
  const rows = findings.map(({ level, check, message }) => [level, check, message])
  return {
    text: `${table(rows)}\n\n${countOf(faults, 'fault')}, ${countOf(warnings, 'warning')}.`,
    value: { faults, warnings, findings },
    isFailure: faults > 0
  }
}

function findSkip (check: string, settings: readonly string[], faulty: ReadonlySet<string>): Finding | undefined {
  const bad = settings.find((name) => faulty.has(name))
  return bad === undefined ? undefined : { check, level: 'skipped', message: `${bad} is faulty.` }
}

function countOf (count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** The database, and what is in it. */
async function checkStore (context: CheckContext): Promise<Finding[]> {
  const { url, listenUrl, poolSize, dataDir } = context.config.database
  const findings: Finding[] = []
  if (url === undefined) {
    const { finding, hasDatabase } = await inspectDataDirectory(context)
    findings.push(finding)
    if (finding.level === 'fault' || !hasDatabase) return findings
  }
  let reason: unknown
  const log = { info () {}, warn ({ err }: { err?: unknown }) { reason = err } }
  try {
    const database = await createDatabase({ url, listenUrl, poolSize, dataDir, log })
    await inspectDatabase(context, database, { findings, findReason: () => reason }).finally(() => database.close())
  } catch (error) {
    const message = `${toSentence(error)} What is in the database was not looked at.`
    // The service is most likely running, and the database well.
    findings.push({ check: 'database', level: error instanceof DataDirInUseError ? 'skipped' : 'fault', message })
  }
  return findings
}

interface Progress {
  findings: Finding[]
  /** What the listener of the database has logged. */
  findReason: () => unknown
}

/** @throws where the database cannot be reached, after the findings so far */
async function inspectDatabase (context: CheckContext, database: Database, { findings, findReason }: Progress): Promise<void> {
  const open = { ...context, database }
  findings.push(await checkServer(open))
  findings.push(await checkClock(open), await checkDeadline(open), await checkListen(open, findReason))
  const { finding, isWhole } = await checkMigrations(open)
  findings.push(finding)
  if (!isWhole) return
  const rights = await checkRights(open)
  findings.push(rights)
  // Without its rights, the role cannot read them.
  if (rights.level !== 'ok') return
  findings.push(await checkUsers(open), await checkOutbox(open))
  findings.push(findSkip('passkeys', PASSKEY_SETTINGS, context.faulty) ?? await checkPasskeys(open))
  findings.push(findSkip('keys', ['SECRET_KEYS'], context.faulty) ?? await checkKeys(open))
}

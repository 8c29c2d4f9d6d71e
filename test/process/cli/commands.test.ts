// The gatepass command as a process.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import t from 'tap'
import { onPostgres } from '../../support/database.ts'
import { createCommandRunner, postgresSettings, QUICK, runCommand } from '../../support/process.ts'
import { deliver, WITH_MAIL } from '../../support/mails.ts'
import { createService, SECRET_KEYS } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'
import { logIn } from '../../support/inject.ts'
import { PASSWORD } from '../../support/password.ts'
import { listAuditEvents } from '../../support/rows.ts'

/** Settings of commands on this database. */
const settingsOn = (url: string) => ({ ...postgresSettings(url), SECRET_KEYS, ...QUICK })

onPostgres(t, 'users are created, listed and changed, and each change is audited', async (t, database, url) => {
  const gatepass = createCommandRunner(t, settingsOn(url))
  const { app } = await createService(t, database)
  const created = await gatepass('user create ada@example.com --role admin --password-stdin --json', `${PASSWORD}\n`)
  t.match(created, { code: 0, stderr: '' })
  const ada = JSON.parse(created.stdout)
  t.match(ada, { email: 'ada@example.com', role: 'admin', disabled: false })
  t.notOk('password' in ada, 'a given password is not printed')
  t.type((await logIn(app, 'ada@example.com')).accessToken, 'string')

  const generated = JSON.parse((await gatepass('user create bob@example.com --json')).stdout)
  t.match(generated, { email: 'bob@example.com', role: 'user', password: /^[\w-]{24}$/ })
  t.match(JSON.parse((await gatepass('user list --json')).stdout), {
    users: [{ email: 'bob@example.com' }, { email: 'ada@example.com' }], next: null
  })
  t.match((await gatepass('user list --role admin')).stdout, /^ID +E-MAIL +ROLE.*\n.*ada@example\.com +admin/)

  t.match(await gatepass(`user role ${generated.id.toUpperCase()} advertiser`), { code: 0, stdout: /bob@example\.com {2}advertiser/ })
  t.match(await gatepass('user disable BOB@example.com'), { code: 0, stdout: /disabled/ })
  t.match(await gatepass('user enable bob@example.com'), { code: 0 })
  t.match(await gatepass('user password bob@example.com --password-stdin', PASSWORD), { code: 0 })
  t.type((await logIn(app, 'bob@example.com')).accessToken, 'string')
  t.strictSame((await listAuditEvents(database)).map(({ type }) => type), [
    'user_created', 'login', 'user_created', 'user_role_changed', 'user_disabled',
    'sessions_ended', 'user_enabled', 'password_changed', 'sessions_ended', 'login'
  ])
})

onPostgres(t, 'a user is invited by mail, once more on request, and is told of a new password', async (t, database, url) => {
  const gatepass = createCommandRunner(t, { ...settingsOn(url), ...WITH_MAIL })
  const invited = await gatepass('user invite Eve@example.com --role advertiser --json')
  t.match(invited, { code: 0, stderr: '' })
  const { id, created_at: createdAt, ...eve } = JSON.parse(invited.stdout)
  t.strictSame(eve, { email: 'Eve@example.com', role: 'advertiser', claims: {}, disabled: false, email_verified_at: null })
  t.ok(Date.parse(createdAt))
  const again = await gatepass('user invite eve@EXAMPLE.com')
  t.strictSame(again, { code: 0, stdout: `${id}  Eve@example.com  advertiser\n`, stderr: '' })
  const mails = await deliver(database)
  t.strictSame(mails.map(({ to, template }) => [to, template]), [['Eve@example.com', 'invitation'], ['Eve@example.com', 'invitation']])
  const conflict = await gatepass('user invite eve@example.com --role user')
  const sentence = 'This user was invited as advertiser: run "npx gatepass user role", and invite without --role.'
  t.strictSame(conflict, { code: 1, stdout: '', stderr: `gatepass: ${sentence}\n` })
  t.match(await gatepass('user disable eve@example.com'), { code: 0 })
  t.match(await gatepass('user invite eve@example.com'), { code: 1, stderr: /^gatepass: This user is disabled: .* user enable/ })
  t.match(await gatepass('user enable eve@example.com'), { code: 0 })
  t.match(await gatepass('user password eve@example.com --password-stdin', PASSWORD), { code: 0 })
  t.strictSame(await deliver(database), [{ to: 'Eve@example.com', template: 'password_changed' }])
  t.match(await gatepass('user invite eve@example.com'), { code: 1, stderr: 'gatepass: A user with this e-mail exists.\n' })
  t.strictSame((await listAuditEvents(database)).map(({ type }) => type), [
    'user_created', 'user_invited', 'user_invited', 'user_disabled', 'sessions_ended', 'user_enabled', 'password_changed', 'sessions_ended'
  ])
})

onPostgres(t, 'a failed command prints one sentence, with exit code 1', async (t, database, url) => {
  const gatepass = createCommandRunner(t, settingsOn(url))
  await createUser(database, 'ada@example.com', 'admin')
  const table: Array<[command: string, stdin: string, sentence: string]> = [
    ['user create ada@example.com --password-stdin', PASSWORD, 'A user with this e-mail exists.'],
    ['user create nonsense --password-stdin', PASSWORD, 'email must be an e-mail address.'],
    ['user create bob@example.com --password-stdin', 'password1',
      'The new password is too weak. password is one of the most common passwords.'],
    ['user create bob@example.com --password-stdin', '', 'There is no password on standard input.'],
    ['user create bob@example.com --role king', '', 'The role must be one of admin, advertiser, user.'],
    ['user invite bob@example.com', '', 'This service sends no mail: set SMTP_URL and MAIL_FROM, or run "npx gatepass user create".'],
    ['user role bob@example.com user', '', 'There is no such user.'],
    ['user role ada@example.com user', '', 'The last admin cannot be deleted, disabled or demoted.'],
    ['user disable ada@example.com', '', 'The last admin cannot be deleted, disabled or demoted.'],
    ['session end', '', 'Say which: the id of a session, --user EMAIL, or --all.'],
    ['session end nonsense', '', 'There is no such session.'],
    ['session end 018f0000-0000-7000-8000-000000000000', '', 'There is no such session.']
  ]
  for (const [command, stdin, sentence] of table) {
    t.strictSame(await gatepass(command, stdin), { code: 1, stdout: '', stderr: `gatepass: ${sentence}\n` }, command)
  }
})

onPostgres(t, 'sessions are listed and ended: one, those of a user, all', async (t, database, url) => {
  const gatepass = createCommandRunner(t, settingsOn(url))
  const { app } = await createService(t, database)
  await createUser(database, 'ada@example.com')
  await createUser(database, 'bob@example.com')
  const [one, two] = [await logIn(app, 'ada@example.com'), await logIn(app, 'ada@example.com')]
  const other = await logIn(app, 'bob@example.com')
  const listed = async (email: string) =>
    JSON.parse((await gatepass(`session list ${email} --json`)).stdout).sessions.map(({ id }: { id: string }) => id)
  t.strictSame(await listed('ada@example.com'), [two.sessionId, one.sessionId])
  t.match(await gatepass(`session end ${one.sessionId.toUpperCase()}`), { code: 0, stdout: 'The session has ended.\n' })
  t.strictSame(await listed('ada@example.com'), [two.sessionId])
  t.match(await gatepass('session end --user ada@example.com'), { code: 0 })
  t.strictSame(await listed('ada@example.com'), [])
  t.strictSame(await listed('bob@example.com'), [other.sessionId])
  t.match(await gatepass('session end --all'), { code: 0 })
  t.match(await gatepass('session list bob@example.com'), { code: 0, stdout: 'No sessions.\n' })
})

onPostgres(t, 'a password that could not be shown is an error', async (t, database, url) => {
  if (!existsSync('/dev/full')) return t.comment('there is no /dev/full on this machine')
  const env = { PATH: process.env.PATH, ...settingsOn(url) }
  const outcome = promisify(execFile)('sh', [
    '-c', 'exec "$@" < /dev/null > /dev/full', 'sh', process.execPath, 'dist/cli/main.js', 'user', 'create', 'ada@example.com'
  ], { env })
  await t.rejects(outcome, {
    code: 1,
    stderr: /^gatepass: The command succeeded, but its result could not be written to standard output \(ENOSPC[^\n]*\)\.\n$/
  })
  t.match(await database.kysely.selectFrom('users').select('email').execute(), [{ email: 'ada@example.com' }])
})

t.test('an invalid command line refers to --help', async (t) => {
  t.match(await runCommand(t, ['usr'], {}).ended, { code: 1, stderr: /unknown command 'usr'.*\n\(see --help\)/s })
  t.match(await runCommand(t, ['--help'], {}).ended, { code: 0, stdout: /serve.*migrate.*user.*session.*keys.*openapi/s })
})

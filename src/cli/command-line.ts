import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import type { AppOptions } from '../app.ts'
import { packageVersion } from '../package.ts'
import { exitWith, ignoreOutputErrors, run } from './run.ts'

/**
 * Runs the command of `process.argv`: the command line of the service, or of a program that embeds it.
 *
 * @param options what a team adds: its roles, and its modules with their tables
 * @returns after the command; `serve` goes on
 */
export async function runCommandLine (options: AppOptions = {}): Promise<void> {
  // Files of this process, such as the embedded database, are for its user alone.
  process.umask(0o077)
  ignoreOutputErrors()
  try {
    await createProgram(options).parseAsync()
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    await exitWith(error.exitCode)
  }
}

/** Each command imports its own modules, so that a usage or a version needs none of them. */
function createProgram (app: AppOptions): Command {
  const program = new Command('gatepass')
    .description('Short-lived JWTs, issued on login, checked at the edge, revocable in milliseconds. Settings: see .env.example.')
    .version(`gatepass ${packageVersion()}`, '--version', 'print the version of gatepass')
    .helpCommand(false)
    .exitOverride()
    .showHelpAfterError('(see --help)')

  program.command('serve')
    .description('start the service')
    .action(() => run(() => serveCommand(app)))

  const migrate = program.command('migrate').description('migrate the schema of the database, up or one step down')
  addCommand(migrate, 'up', 'apply pending migrations', { isDefault: true })
    .action((options) => run(async () => (await import('./migrate.ts')).migrateCommand('up', app), options))
  addCommand(migrate, 'down', 'undo the last migration')
    .option('--module <name>', 'that of this module')
    .action((options) => run(async () => (await import('./migrate.ts')).migrateCommand('down', app, options.module), options))

  const user = program.command('user').description('users: EMAIL may be an id')
  addCommand(user, 'create <email>', 'create a user; the password is prompted for, read from standard input, or generated')
    .option('--role <role>', 'the role of the user; DEFAULT_ROLE, if there is none')
    .addOption(passwordOption())
    .action((email, options) => run(async () => (await import('./users.ts')).createCommand(email, options, app), options))
  addCommand(user, 'invite <email>', 'create a user, who gets a mail to choose a password; or send that mail once more')
    .option('--role <role>', 'the role of the user; DEFAULT_ROLE, if there is none')
    .action((email, options) => run(async () => (await import('./users.ts')).inviteCommand(email, options, app), options))
  addCommand(user, 'list', 'list users, newest first')
    .option('--role <role>', 'only users with this role')
    .option('--limit <count>', 'at most this many', parseCount, 100)
    .option('--after <id>', 'the next page: the "next" of the previous list')
    .action((options) => run(async () => (await import('./users.ts')).listCommand(options), options))
  addCommand(user, 'role <email> <role>', 'change the role of a user; every edge applies it at once')
    .action((email, role, options) => run(async () => (await import('./users.ts')).changeCommand(email, { role }, app), options))
  addCommand(user, 'claims <email> <json>', 'replace the custom claims of a user by a JSON object; every edge applies it at once')
    .action((email, json, options) => run(async () => (await import('./users.ts')).claimsCommand(email, json), options))
  addCommand(user, 'disable <email>', 'end all sessions of a user, and allow no login')
    .action((email, options) => run(async () => (await import('./users.ts')).changeCommand(email, { disabled: true }, app), options))
  addCommand(user, 'enable <email>', 'allow a user to log in again')
    .action((email, options) => run(async () => (await import('./users.ts')).changeCommand(email, { disabled: false }, app), options))
  addCommand(user, 'password <email>', 'set a new password, and end all sessions of the user')
    .addOption(passwordOption())
    .action((email, options) => run(async () => (await import('./users.ts')).passwordCommand(email, options), options))
  addCommand(user, 'remove-factors <email>', 'remove second factors and passkeys that are lost, and end all sessions of the user')
    .action((email, options) => run(async () => (await import('./users.ts')).removeFactorsCommand(email), options))

  const role = program.command('role').description('the roles of the service: see ROLES_FILE')
  addCommand(role, 'list', 'list the roles and their capabilities')
    .action((options) => run(async () => (await import('./roles.ts')).listCommand(app), options))

  const session = program.command('session').description('sessions of users')
  addCommand(session, 'list <email>', 'list the sessions of a user')
    .action((email, options) => run(async () => (await import('./sessions.ts')).listCommand(email), options))
  addCommand(session, 'end [id]', 'end one session, all sessions of a user, or all sessions')
    .addOption(new Option('--user <email>', 'all sessions of this user').conflicts('all'))
    .option('--all', 'all sessions: after a leak, or before a restored database is used')
    .action((id, options) => run(async () => (await import('./sessions.ts')).endCommand(id, options), options))

  const keys = program.command('keys').description('the keyring')
  addCommand(keys, 'list', 'list the signing keys and their rotation schedule')
    .action((options) => run(async () => (await import('./keys.ts')).listCommand(), options))
  addCommand(keys, 'rotate', 'rotate the signing key, or revoke a compromised one')
    .option('--compromised <kid>', 'the key to revoke, or "all"; a key that is made now signs next')
    .option('--use-standby', 'let the published standby sign next, for verifiers that fetch no unknown key')
    .action((options) => run(async () => (await import('./keys.ts')).rotateCommand(options), options))
  addCommand(keys, 'reseal', 'encrypt the private keys under the first of SECRET_KEYS')
    .action((options) => run(async () => (await import('./keys.ts')).resealCommand(), options))

  addCommand(program, 'maintain', 'delete expired sessions, counters and audit events, as far as the database role may')
    .action((options) => run(async () => (await import('./maintain.ts')).maintainCommand(), options))

  addCommand(program, 'doctor', 'check the settings, the database, the keys and the clock, and say what to do')
    .action((options) => run(async () => (await import('./doctor/index.ts')).doctorCommand(app), options))

  addCommand(program, 'init <directory>', 'write a repository of your own, with roles and modules, that depends on gatepass')
    .action((path, options) => run(async () => (await import('./init.ts')).initCommand(path), options))

  program.command('openapi')
    .description('print the OpenAPI document')
    .action(() => run(async () => (await import('./openapi.ts')).openapiCommand(app)))
  return program
}

async function serveCommand (app: AppOptions): Promise<undefined> {
  const [{ loadConfig }, { serve }] = await Promise.all([import('../config/index.ts'), import('../main.ts')])
  await serve(loadConfig(), app)
}

function addCommand (parent: Command, usage: string, description: string, settings = {}): Command {
  return parent.command(usage, settings).description(description).option('--json', 'print JSON, for scripts')
}

function passwordOption (): Option {
  return new Option('--password-stdin', 'read the password from standard input')
}

function parseCount (value: string): number {
  const count = Number(value)
  if (!Number.isInteger(count) || count < 1 || count > 1_000) throw new InvalidArgumentError('It must be a number from 1 to 1000.')
  return count
}

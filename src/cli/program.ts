import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { endWith, ignoreLostOutput, run } from './run.ts'
import { packageVersion } from '../package-version.ts'

// Whatever this process writes, the embedded database above all, is for its user alone.
process.umask(0o077)
ignoreLostOutput()

// Only what the command line itself needs is loaded here: each command loads its own parts.
const program = new Command('gatepass')
  .description('Short-lived JWTs, issued on login, checked at the edge, revocable in milliseconds. Settings: see .env.example.')
  .version(packageVersion(), '--version', 'print the version')
  .helpCommand(false)
  .exitOverride()
  .showHelpAfterError('(see --help)')

program.command('serve')
  .description('start the service')
  .action(() => run(async () => (await import('./serve.ts')).serveCommand()))

const migrate = program.command('migrate').description('bring the schema of the database up to date, or one step back')
leaf(migrate, 'up', 'apply what is pending', { isDefault: true })
  .action((options) => run(async () => (await import('./migrate.ts')).migrateCommand('up'), options))
leaf(migrate, 'down', 'undo the last one')
  .action((options) => run(async () => (await import('./migrate.ts')).migrateCommand('down'), options))

const user = program.command('user').description('users: EMAIL may be an id, too')
leaf(user, 'create <email>', 'make a user; the password is asked for, read from standard input, or generated')
  .option('--role <role>', 'what the user may do', 'user')
  .addOption(passwordOption())
  .action((email, options) => run(async () => (await import('./users.ts')).createCommand(email, options), options))
leaf(user, 'list', 'list users, newest first')
  .option('--role <role>', 'only those of this role')
  .option('--limit <count>', 'so many', parseCount, 100)
  .option('--after <id>', 'those after this one, the "next" of the list before')
  .action((options) => run(async () => (await import('./users.ts')).listCommand(options), options))
leaf(user, 'role <email> <role>', 'change what a user may do; felt at every edge at once')
  .action((email, role, options) => run(async () => (await import('./users.ts')).changeCommand(email, { role }), options))
leaf(user, 'disable <email>', 'end a user\'s sessions and allow no more')
  .action((email, options) => run(async () => (await import('./users.ts')).changeCommand(email, { disabled: true }), options))
leaf(user, 'enable <email>', 'allow a user to log in again')
  .action((email, options) => run(async () => (await import('./users.ts')).changeCommand(email, { disabled: false }), options))
leaf(user, 'password <email>', 'set a new password; every session of the user ends')
  .addOption(passwordOption())
  .action((email, options) => run(async () => (await import('./users.ts')).passwordCommand(email, options), options))

const session = program.command('session').description('sessions of users')
leaf(session, 'list <email>', 'list the sessions of a user')
  .action((email, options) => run(async () => (await import('./sessions.ts')).listCommand(email), options))
leaf(session, 'end [id]', 'end one session, those of a user, or everybody\'s')
  .addOption(new Option('--user <email>', 'every session of this user').conflicts('all'))
  .option('--all', 'everybody\'s: after a leak, or before a restored database is opened')
  .action((id, options) => run(async () => (await import('./sessions.ts')).endCommand(id, options), options))

const keys = program.command('keys').description('the keyring')
leaf(keys, 'list', 'list the signing keys and their timetable')
  .action((options) => run(async () => (await import('./keys.ts')).listCommand(), options))
leaf(keys, 'rotate', 'let the next key sign from now on, in order or in an emergency')
  .option('--compromised <kid>', 'a key that must not be trusted any more, or "all"')
  .action((options) => run(async () => (await import('./keys.ts')).rotateCommand(options), options))
leaf(keys, 'reseal', 'encrypt the private keys under the first of SECRET_KEYS')
  .action((options) => run(async () => (await import('./keys.ts')).resealCommand(), options))

program.command('openapi')
  .description('print the OpenAPI document')
  .action(() => run(async () => (await import('./openapi.ts')).openapiCommand()))

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  await endWith(error.exitCode)
}

function leaf (parent: Command, usage: string, description: string, settings = {}): Command {
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

import type { FastifyBaseLogger } from 'fastify'
import type { Config } from './config/index.ts'
import { createPasswordHasher, findStoredCosts, type PasswordHasher } from './passwords/index.ts'
import { createDatabase, migrateUp, pendingMigrations, type Database, type ModuleMigrations } from './database/index.ts'
import { createKeyring, type Keyring } from './keys/index.ts'
import { openLanguage } from './language.ts'
import type { Language } from './languages/index.ts'
import { createInbox, createMailCounters, createOutbox, type Inbox, type MailCounters, type Outbox } from './mail/index.ts'
import { commandLineName } from './package.ts'
import { loadSecretKeys } from './secrets/index.ts'
import { createRevocations, type Revocations } from './revocations/index.ts'
import { findModuleMigrations, type Module } from './team-modules.ts'

/** What `buildApp` composes the service of. The code that opens them closes them. */
export interface Dependencies {
  readonly log: FastifyBaseLogger
  readonly database: Database
  readonly hasher: PasswordHasher
  readonly secretKeys: readonly Buffer[]
  readonly keyring: Keyring
  readonly revocations: Revocations
  readonly mail: MailParts
  /** Of mails, and of the pages that they lead to. */
  readonly language: Language
}

/** What the app and the sender share; see `startMailSender`. */
interface MailParts {
  readonly outbox: Outbox
  /** Undefined unless mails are kept in memory. */
  readonly inbox: Inbox | undefined
  readonly counters: MailCounters
}

/** The reason why the service cannot start or a command fails, in one sentence for the operator. */
export class OperatorError extends Error {}

/**
 * Opens the database and checks its schema. The embedded database is migrated; a server's is left to `gatepass migrate`.
 *
 * @param modules those that have tables of their own
 * @throws OperatorError when migrations are pending
 */
export async function openDatabase (
  config: Config, log: FastifyBaseLogger, modules: readonly ModuleMigrations[] = []
): Promise<Database> {
  const { url, listenUrl, poolSize, dataDir } = config.database
  const database = await createDatabase({ url, listenUrl, poolSize, dataDir, log })
  try {
    if (database.embedded) await migrateUp(database, modules)
    const pending = database.embedded ? [] : await pendingMigrations(database, modules)
    if (pending.length === 0) return database
    const count = pending.length === 1 ? 'a migration' : `${pending.length} migrations`
    throw new OperatorError(`The database lacks ${count} (${pending.join(', ')}): run "${commandLineName()} migrate" first.`)
  } catch (error) {
    await database.close()
    throw error
  }
}

export function createHasher ({ argon2, hashingConcurrency: concurrency }: Config): PasswordHasher {
  return createPasswordHasher({ ...argon2, concurrency })
}

/** @returns the keyring, and the secrets that encrypt it */
async function openKeyring (config: Config, database: Database, log: FastifyBaseLogger) {
  const { signingAlgorithm: algorithm, keyRotationSeconds: rotationSeconds } = config
  const secretKeys = await loadSecretKeys({ secretKeys: config.secretKeys, dataDir: config.database.dataDir, log })
  const keyring = await createKeyring({ database, secretKeys, algorithm, rotationSeconds, log })
  return { keyring, secretKeys }
}

/**
 * Opens all dependencies. If one cannot be opened, those before it are closed.
 *
 * @param options `modules`: as `buildApp` gets them
 */
export async function openDependencies (
  config: Config, log: FastifyBaseLogger, { modules = [] }: { modules?: readonly Module[] } = {}
): Promise<Dependencies> {
  const database = await openDatabase(config, log, findModuleMigrations(modules))
  try {
    return await openWithDatabase(config, database, log)
  } catch (error) {
    await database.close()
    throw error
  }
}

export async function closeDependencies (dependencies: Dependencies): Promise<void> {
  await closeExceptDatabase(dependencies)
  await dependencies.database.close()
}

/** Opens the dependencies on a database that the caller has opened and migrated, and closes. */
export async function openWithDatabase (config: Config, database: Database, log: FastifyBaseLogger): Promise<Dependencies> {
  const language = await openLanguage(config)
  const { keyring, secretKeys } = await openKeyring(config, database, log)
  const revocations = await createRevocations({ database, log })
  const hasher = createHasher(config)
  hasher.addKnownCosts(await findStoredCosts(database.kysely))
  return { log, database, hasher, secretKeys, keyring, revocations, mail: createMailParts(config), language }
}

function createMailParts ({ mail: { mode } }: Config): MailParts {
  return {
    outbox: createOutbox({ isEnabled: mode !== 'off' }),
    inbox: mode === 'inbox' ? createInbox() : undefined,
    counters: createMailCounters()
  }
}

export async function closeExceptDatabase ({ keyring, revocations }: Dependencies): Promise<void> {
  await Promise.all([keyring.close(), revocations.close()])
}

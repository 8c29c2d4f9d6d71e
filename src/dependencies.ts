import type { FastifyBaseLogger } from 'fastify'
import type { Config } from './config/index.ts'
import { createPasswordHasher, findStoredCosts, type PasswordHasher } from './passwords/index.ts'
import { createDatabase, migrateUp, pendingMigrations, type Database } from './database/index.ts'
import { createKeyring, type Keyring } from './keys/index.ts'
import { loadSecretKeys } from './secrets/index.ts'
import { createRevocations, type Revocations } from './revocations/index.ts'

/** What the service is put together from. Whoever opens them closes them. */
export interface Dependencies {
  readonly log: FastifyBaseLogger
  readonly database: Database
  readonly hasher: PasswordHasher
  readonly secretKeys: readonly Buffer[]
  readonly keyring: Keyring
  readonly revocations: Revocations
}

/** Why the service cannot start or a command cannot be done, in one sentence for whoever asked. */
export class OperatorError extends Error {}

/**
 * Opens the database and looks at its schema: the embedded one is brought up to date, a server's is left to `gatepass migrate`.
 *
 * @throws OperatorError when migrations are pending
 */
export async function openDatabase ({ database: { url, listenUrl, poolSize, dataDir } }: Config, log: FastifyBaseLogger): Promise<Database> {
  const database = await createDatabase({ url, listenUrl, poolSize, dataDir, log })
  try {
    if (database.embedded) await migrateUp(database)
    const pending = database.embedded ? [] : await pendingMigrations(database)
    if (pending.length > 0) throw new OperatorError(`The database lacks ${pending.length === 1 ? 'a migration' : `${pending.length} migrations`} (${pending.join(', ')}): run "npx gatepass migrate" first.`)
    return database
  } catch (error) {
    await database.close()
    throw error
  }
}

export function createHasher ({ argon2, hashingConcurrency: concurrency }: Config): PasswordHasher {
  return createPasswordHasher({ ...argon2, concurrency })
}

/** @returns the keyring, and the secrets it is sealed with */
export async function openKeyring (config: Config, database: Database, log: FastifyBaseLogger): Promise<Pick<Dependencies, 'keyring' | 'secretKeys'>> {
  const secretKeys = await loadSecretKeys({ secretKeys: config.secretKeys, dataDir: config.database.dataDir, log })
  const keyring = await createKeyring({ database, secretKeys, algorithm: config.signingAlgorithm, rotationSeconds: config.keyRotationSeconds, log })
  return { keyring, secretKeys }
}

/** Opens everything; what was opened is closed again when the rest cannot be. */
export async function openDependencies (config: Config, log: FastifyBaseLogger): Promise<Dependencies> {
  const database = await openDatabase(config, log)
  try {
    return await openWithDatabase(config, database, log)
  } catch (error) {
    await database.close()
    throw error
  }
}

export async function closeDependencies (parts: Dependencies): Promise<void> {
  await closeExceptDatabase(parts)
  await parts.database.close()
}

/** The parts on a database that somebody else opened, has migrated, and closes. */
export async function openWithDatabase (config: Config, database: Database, log: FastifyBaseLogger): Promise<Dependencies> {
  const { keyring, secretKeys } = await openKeyring(config, database, log)
  const revocations = await createRevocations({ database, log })
  const hasher = createHasher(config)
  hasher.expect(await findStoredCosts(database.kysely))
  return { log, database, hasher, secretKeys, keyring, revocations }
}

export async function closeExceptDatabase ({ keyring, revocations }: Dependencies): Promise<void> {
  await Promise.all([keyring.close(), revocations.close()])
}

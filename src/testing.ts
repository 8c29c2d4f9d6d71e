// `gatepass/testing`: the service of a team in the process of its tests.
import { randomBytes, randomUUID } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import type { FastifyInstance } from 'fastify'
import { ADMIN_ROLE, createAccount } from './accounts/index.ts'
import { buildApp, type AppOptions } from './app.ts'
import { loadConfig } from './config/index.ts'
import type { CustomClaims, RoleName } from './contract/index.ts'
import { createDatabase, migrateUp } from './database/index.ts'
import { closeExceptDatabase, openWithDatabase } from './dependencies.ts'
import { createLog } from './http/index.ts'
import { startMailSender } from './mail-sender.ts'
import { findModuleMigrations } from './team-modules.ts'
import type { RegisteredRoles } from './verify/index.ts'

// The embedded database is WebAssembly: tests have ended before optimizing that code would save time.
setFlagsFromString('--wasm-tiering-budget=1000000000')

/** A user who has logged in. */
export interface TestUser {
  id: string
  /** Headers of a request by this user. */
  headers: { authorization: string }
}

/** A mail, as its reader gets it. */
export interface TestMail {
  readonly to: string
  readonly subject: string
  /** Its link or its code is in a line of its own. */
  readonly text: string
  readonly html: string
}

export interface TestService {
  /** For `app.inject`, or to listen. */
  readonly app: FastifyInstance
  /** Creates a user and logs them in: each call makes another one. */
  createUser (role: RoleName<RegisteredRoles>, claims?: CustomClaims): Promise<TestUser>
  /** The mails so far, newest first, with those that earlier requests have asked for. None is sent to anybody. */
  mails (): Promise<readonly TestMail[]>
  close (): Promise<void>
}

/** The cheapest argon2, and no limits that tests would meet. */
const SETTINGS = { ARGON2_MEMORY: '1024', ARGON2_TIME: '1', LOGIN_RATE_PER_MINUTE: '10000', DEFAULT_ROLE: ADMIN_ROLE }
const ACTOR = { actorId: null, origin: { ip: null, userAgent: 'gatepass/testing', requestId: null } }

/**
 * Starts the service on an embedded database in memory, with the migrations of the modules.
 *
 * @param options as `buildApp` gets them
 * @param settings as in the environment, which is not read
 * @throws ConfigError, and whatever a migration throws
 */
export async function createTestService (options: AppOptions = {}, settings: Record<string, string> = {}): Promise<TestService> {
  const config = loadConfig({ ...SETTINGS, SECRET_KEYS: randomBytes(32).toString('base64'), ...settings })
  const log = createLog({ level: settings.LOG_LEVEL ?? 'error', stream: process.stderr })
  const database = await createDatabase({ url: undefined, poolSize: 1, dataDir: undefined, log })
  await migrateUp(database, findModuleMigrations(options.modules))
  const dependencies = await openWithDatabase(config, database, log)
  const app = await buildApp(config, dependencies, options)
  await app.ready()
  const sender = await startMailSender(config, dependencies)

  return {
    app,

    async createUser (role, claims = {}) {
      const { hasher } = dependencies
      const account = { email: `${randomUUID()}@example.com`, password: randomBytes(16).toString('hex'), role, claims }
      const { id } = await createAccount({ db: database.kysely, hasher, passwordMinLength: config.passwordMinLength }, account, ACTOR)
      const { email, password } = account
      const response = await app.inject({ method: 'POST', url: '/auth/login', payload: { email, password } })
      return { id, headers: { authorization: `Bearer ${response.json().access_token}` } }
    },

    async mails () {
      await sender.sendDue()
      return dependencies.mail.inbox?.list() ?? []
    },

    async close () {
      await app.close()
      await sender.close()
      await closeExceptDatabase(dependencies)
      await database.close()
    }
  }
}

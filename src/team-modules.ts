// Modules of a team: registered behind the service's own routes, each with what it may need, and with migrations of its own.
import { fileURLToPath } from 'node:url'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Kysely } from 'kysely'
import { ConfigError } from './config/index.ts'
import type { Capability } from './contract/index.ts'
import { noStore } from './http/index.ts'
import type { ModuleMigrations, Queryable } from './database/index.ts'
import type { CurrentUser, RegisteredRoles, TokenVerifier } from './verify/index.ts'

/** What every module is registered with. */
export interface ModuleOptions {
  /** For `edge`, which guards the module. */
  readonly verifier: TokenVerifier<Capability<RegisteredRoles>, CurrentUser>
  /**
   * Queries the database of the service: `database.withTables<{ notes: NotesTable }>()` types the module's own tables. Users, sessions and
   * keys are changed by the service alone.
   */
  readonly database: Kysely<object>
}

/** A Fastify plugin. */
export type ModulePlugin = FastifyPluginAsync<ModuleOptions>

/** A module with tables of its own. */
export interface ModuleWithTables {
  readonly plugin: ModulePlugin
  /** Lower case with underscores; that of the plugin, if absent. Migrations that were applied are in the table `NAME_migrations`. */
  readonly name?: string
  /** A directory of `0001_title.up.sql` and `0001_title.down.sql`. */
  readonly migrations: URL | string
}

export type Module = ModulePlugin | ModuleWithTables

interface TeamModulesOptions {
  modules: readonly Module[]
  /** Of their paths, such as `/api`; Fastify adds it. */
  prefix: string
  verifier: ModuleOptions['verifier']
  database: Queryable
}

/** Registers the modules. Their responses are not stored by caches, unless a handler says otherwise. */
export async function teamModules (app: FastifyInstance, { modules, prefix, verifier, database }: TeamModulesOptions): Promise<void> {
  if (prefix !== '' && !/^(\/[\w.~-]+)+$/.test(prefix)) throw new ConfigError(`The prefix "${prefix}" must be a path such as /api.`)
  const options: ModuleOptions = { verifier, database: database as Kysely<object> }
  app.addHook('onRequest', noStore)
  for (const module of modules) await app.register(typeof module === 'function' ? module : module.plugin, options)
}

/**
 * @returns where the migrations of modules are, and the names they go by
 * @throws ConfigError for a name that is missing, no name of a table, or in use
 */
export function findModuleMigrations (modules: readonly Module[] = []): ModuleMigrations[] {
  const found = modules.flatMap((module) => typeof module === 'function' ? [] : [toMigrations(module)])
  const names = found.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new ConfigError(`Two modules with migrations have the name "${twice}".`)
  return found
}

/** A function that is written into the object is called after its member. */
const UNNAMED = 'plugin'

function toMigrations ({ plugin, name = toSnakeCase(plugin.name), migrations }: ModuleWithTables): ModuleMigrations {
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(name) || name === 'gatepass' || name === UNNAMED) {
    throw new ConfigError(`The module "${name}" has migrations, so it needs a name of lower-case letters, digits and underscores.`)
  }
  return { name, directory: migrations instanceof URL ? fileURLToPath(migrations) : migrations }
}

function toSnakeCase (name: string): string {
  return name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
}

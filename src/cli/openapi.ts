import { randomBytes } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { ADMIN_ROLE } from '../accounts/index.ts'
import { buildApp, type AppOptions } from '../app.ts'
import { loadConfig } from '../config/index.ts'
import { createDatabase, migrateUp } from '../database/index.ts'
import { openapiYaml } from '../http/index.ts'
import { openWithDatabase, closeDependencies } from '../dependencies.ts'
import { findModuleMigrations } from '../team-modules.ts'
import type { Result } from './run.ts'
import { createQuietLog } from './command-context.ts'

/** The document is made of the schemas of the routes, so a service is built on a temporary database in memory. */
export async function openapiCommand (options: AppOptions): Promise<Result> {
  const [FEED_TOKEN, SECRET_KEYS] = [randomBytes(32).toString('base64'), randomBytes(32).toString('base64')]
  const config = loadConfig({ FEED_TOKEN, SECRET_KEYS, DEFAULT_ROLE: ADMIN_ROLE })
  const log = createQuietLog()
  const database = await createDatabase({ url: undefined, poolSize: 1, dataDir: undefined, log })
  await migrateUp(database, findModuleMigrations(options.modules))
  const dependencies = await openWithDatabase(config, database, log)
  const app = await buildApp(config, dependencies, options)
  try {
    await app.ready()
    const document = withSecureCookie(app.swagger())
    return { text: openapiYaml(document).trimEnd(), value: document }
  } finally {
    await app.close()
    await closeDependencies(dependencies)
  }
}

/** The cookie has its name on https, since most readers of the document are not on the machine of the service. */
function withSecureCookie (document: ReturnType<FastifyInstance['swagger']>): object {
  const { components, ...others } = Object(document)
  const { session, ...schemes } = components.securitySchemes
  return { ...others, components: { ...components, securitySchemes: { ...schemes, session: { ...session, name: '__Host-gatepass' } } } }
}

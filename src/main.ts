import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { buildApp } from './app.ts'
import type { Config } from './config/index.ts'
import { argon2Build } from './passwords/index.ts'
import { collectGarbageOnce } from './startup/index.ts'
import { createMaintenanceJobs, startMaintenance } from './maintenance.ts'
import { createLog, createReadableStream } from './http/index.ts'
import { closeDependencies, OperatorError, openDependencies } from './dependencies.ts'
import { closeOnSignals } from './signals.ts'
import { findOrMakeAdmin, show } from './startup/index.ts'

/** Past the grace that requests in flight have, and before whoever stopped us loses patience. */
const CLOSE_WITHIN_MS = 9_500

/**
 * The process: opens the parts, listens, makes the first admin and says hello, and closes with grace; see `closeOnSignals`.
 * A second signal, or an error nobody expected, ends it with exit code 1.
 *
 * @param config see `loadConfig`
 * @throws whatever keeps it from starting, with everything closed again
 */
export async function serve (config: Config): Promise<void> {
  const log = createLog({ level: config.logLevel, ...(process.stdout.isTTY && { stream: createReadableStream(process.stdout) }) })
  log.info({ event: 'argon2_build', ...argon2Build }, 'argon2 loaded')
  for (const warning of config.warnings) log.warn({ event: 'setting_warning' }, warning)
  const parts = await openDependencies(config, log)
  const maintenance = startMaintenance({ jobs: createMaintenanceJobs(config, parts.database), log })
  let app: FastifyInstance | undefined

  async function close (): Promise<void> {
    await app?.close()
    await maintenance.close()
    await closeDependencies(parts)
  }

  const { uninstall } = closeOnSignals({ log, delayMs: CLOSE_WITHIN_MS, close })

  try {
    const service = app = await buildApp(config, parts)
    await findOrMakeAdmin(config, parts, async (admin) => {
      const port = await listen(service, config)
      await show({ host: config.host, port, docs: config.docs, embedded: parts.database.embedded, admin })
    })
    collectGarbageOnce()
  } catch (error) {
    uninstall()
    await close()
    throw error
  }
}

async function listen (app: FastifyInstance, { host, port }: Config): Promise<number> {
  try {
    await app.listen({ host, port })
  } catch (error) {
    // It would be taken for the name of the database's host.
    if (error instanceof Error && 'syscall' in error && error.syscall === 'getaddrinfo') throw new OperatorError(`HOST is "${host}", which no address can be found for.`, { cause: error })
    throw error
  }
  const address = app.server.address() as AddressInfo
  return address.port
}

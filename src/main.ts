import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { buildApp, type AppOptions } from './app.ts'
import type { Config } from './config/index.ts'
import { closeDependencies, openDependencies, OperatorError } from './dependencies.ts'
import { createLog, createTerminalStream } from './http/index.ts'
import { startMailSender, type RunningSender } from './mail-sender.ts'
import { createMaintenanceJobs, startMaintenance } from './maintenance.ts'
import { packageVersion } from './package.ts'
import { argon2Build } from './passwords/index.ts'
import { closeOnSignals, collectGarbageWhenIdle, ensureAdmin, printBanner } from './startup/index.ts'

/** Longer than the grace of requests in flight; after the delay of SIGTERM, if there is one. */
const CLOSE_TIMEOUT_MS = 9_500

/**
 * Runs the service: opens the dependencies, listens, ensures the first admin, prints the banner, and closes on a signal; see
 * `closeOnSignals`. An unexpected error, or a second signal, ends the process with exit code 1.
 *
 * @param config see `loadConfig`
 * @param options what a team adds
 * @throws the reason why it cannot start, with everything closed again
 */
export async function serve (config: Config, options: AppOptions = {}): Promise<void> {
  const stream = process.stdout.isTTY ? createTerminalStream(process.stdout) : undefined
  const log = createLog({ level: config.logLevel, stream })
  log.info({ event: 'argon2_build', ...argon2Build }, 'argon2 loaded')
  for (const warning of config.warnings) log.warn({ event: 'setting_warning', warning }, 'a setting is probably a mistake')
  const dependencies = await openDependencies(config, log, options)
  const maintenance = startMaintenance({ jobs: createMaintenanceJobs(config, dependencies.database), log })
  const draining = new AbortController()
  let app: FastifyInstance | undefined
  let sender: RunningSender | undefined

  function startDraining (): number {
    if (app?.server.listening !== true || config.shutdownDelaySeconds === 0) return 0
    draining.abort()
    return config.shutdownDelaySeconds * 1000
  }

  async function close (): Promise<void> {
    await Promise.all([app?.close(), sender?.close()])
    await maintenance.close()
    await closeDependencies(dependencies)
  }

  const { uninstall } = closeOnSignals({ log, delayMs: CLOSE_TIMEOUT_MS, startDraining, close })

  try {
    const service = app = await buildApp(config, dependencies, { ...options, draining: draining.signal })
    sender = await startMailSender(config, dependencies)
    await ensureAdmin(config, dependencies, async (admin) => {
      const port = await listen(service, config)
      const { embedded } = dependencies.database
      const { host, docs, mail: { mode } } = config
      await printBanner({ version: packageVersion(), host, port, docs, mails: mode === 'inbox', embedded, admin })
    })
    collectGarbageWhenIdle()
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
    // Otherwise it would be reported as a failed look-up of the database's host.
    const isLookup = error instanceof Error && 'syscall' in error && error.syscall === 'getaddrinfo'
    throw isLookup ? new OperatorError(`HOST is "${host}", which has no address.`, { cause: error }) : error
  }
  const address = app.server.address() as AddressInfo
  return address.port
}

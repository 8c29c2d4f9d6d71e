import { type AddressInfo } from 'node:net'
import { type FastifyInstance } from 'fastify'
import { buildApp } from './app.ts'
import { type Config } from './config.ts'
import { collectGarbageOnce } from './garbage.ts'
import { choresOf, startHousekeeping } from './housekeeping.ts'
import { createLog, createReadableStream } from './http/index.ts'
import { closeParts, openParts } from './parts.ts'
import { closeOnSignals } from './signals.ts'
import { findOrMakeAdmin, greet } from './welcome.ts'

/** Past the grace that requests in flight have, and before whoever stopped us loses patience. */
const CLOSE_WITHIN_MS = 9_500

/**
 * The process: opens the parts, listens, says hello, and closes with grace on SIGTERM and SIGINT.
 * A second signal, or an error nobody expected, ends it with exit code 1.
 *
 * @param config see `loadConfig`
 * @throws whatever keeps it from starting, with everything closed again
 */
export async function serve (config: Config): Promise<void> {
  const log = createLog({ level: config.logLevel, ...(process.stdout.isTTY && { stream: createReadableStream(process.stdout) }) })
  const parts = await openParts(config, log)
  const housekeeping = startHousekeeping({ chores: choresOf(config, parts.database), log })
  let app: FastifyInstance | undefined

  async function close (): Promise<void> {
    await app?.close()
    await housekeeping.close()
    await closeParts(parts)
  }

  const { uninstall } = closeOnSignals({ log, delayMs: CLOSE_WITHIN_MS, close })

  try {
    const admin = await findOrMakeAdmin(config, parts)
    app = await buildApp(config, parts)
    await app.listen({ host: config.host, port: config.port })
    const { port } = app.server.address() as AddressInfo
    collectGarbageOnce()
    process.stdout.write(greet({ host: config.host, port, docs: config.docs, admin }))
  } catch (error) {
    uninstall()
    await close()
    throw error
  }
}

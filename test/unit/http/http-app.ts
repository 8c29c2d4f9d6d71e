// What the HTTP part puts around routes.
import Fastify, { type FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { createLog, headers, strictRequest, notFound, problem, serverOptions } from '../../../src/http/index.ts'
import type { NotFoundOptions, ProblemOptions } from '../../../src/http/problem.ts'
import type { Timeouts } from '../../../src/http/server-options.ts'

interface ServiceOptions extends ProblemOptions, NotFoundOptions {
  timeouts?: Timeouts
  corsOrigins?: readonly string[]
  corsHeaders?: readonly string[]
  logStream?: { write (line: string): void }
  logLevel?: string
  trustProxy?: readonly string[] | false
  connections?: { max: number, maxPerAddress: number }
  draining?: AbortSignal
}

/**
 * @param t closes the service
 * @returns an app with the cross-cutting plugins and no routes
 */
export async function createHttpApp (t: Test, options: ServiceOptions = {}): Promise<FastifyInstance> {
  const {
    timeouts, corsOrigins = [], corsHeaders = [], logStream, logLevel = 'silent', trustProxy = false, connections, draining, translate, home
  } = options
  const app = Fastify(serverOptions({
    log: createLog({ level: logLevel, ...(logStream && { stream: logStream }) }),
    trustProxy,
    draining,
    ...(timeouts && { timeouts }),
    ...(connections && { connections })
  }))
  t.teardown(() => {
    app.server.closeAllConnections()
    return app.close()
  })
  // Before any route: a route has the error handler that is set when it is registered.
  await app.register(problem, translate === undefined ? {} : { translate })
  await app.register(headers, { corsOrigins, corsHeaders })
  await app.register(strictRequest)
  await app.register(notFound, home === undefined ? {} : { home })
  return app
}

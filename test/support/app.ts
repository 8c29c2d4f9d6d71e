// A bare Fastify for one plugin: with strict validation and problems, like the service.
import Fastify, { type FastifyInstance } from 'fastify'
import { createLog, problem, serverOptions, strictRequest } from '../../src/http/index.ts'

/**
 * @param t closes the app
 * @returns an app with the problem plugin and strict requests
 */
export async function createBareApp (t: { teardown (close: () => Promise<void>): void }): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({ ...serverOptions({ log: createLog({ level: 'silent' }), trustProxy: false }) })
  t.teardown(() => app.close())
  await app.register(problem, {})
  await app.register(strictRequest)
  return app
}

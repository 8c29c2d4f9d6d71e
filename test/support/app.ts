// A bare Fastify for one plugin: bodies are taken as they are, and errors are dressed as in the service.
import Fastify, { type FastifyInstance } from 'fastify'
import { createLog, problem, serverOptions } from '../../src/http/index.ts'

/**
 * @param t closes the app
 * @returns an app with nothing on it but what every answer wears
 */
export async function createBareApp (t: { teardown (close: () => Promise<void>): void }): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({ ...serverOptions({ log: createLog({ level: 'silent' }), trustProxy: false }) })
  t.teardown(() => app.close())
  await app.register(problem, {})
  return app
}

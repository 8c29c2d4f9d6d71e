// A service with every cross-cutting plugin, without accounts.
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { InvalidTokenError, MissingTokenError } from '../../../src/errors.ts'
import { docs, health, openapi } from '../../../src/http/index.ts'
import { ProblemSchema } from '../../../src/http/problem.ts'
import { createHttpApp } from './http-app.ts'
import type { RawResponse } from '../../support/sockets.ts'

export const SECRET = 'hunter2'
export const HOST = 'host: example.com\r\n'
export const CLOSE = 'connection: close\r\n\r\n'

/** Routes like those of the service: public, with a body, with a parameter, and guarded; and the handlers that were reached. */
export async function createAppWithRoutes (t: Test): Promise<{ service: FastifyInstance, reached: string[] }> {
  const service = await createHttpApp(t, { corsOrigins: ['https://app.example.com'] })
  const reached: string[] = []
  await service.register(openapi, { issuer: 'https://auth.example.com', sessionCookie: '__Host-gatepass' })
  await service.register(docs)
  await service.register(health, { checks: {} })
  const body = Type.Object({ email: Type.String({ maxLength: 254 }), count: Type.Optional(Type.Integer()) }, {
    additionalProperties: false
  })
  service.post('/auth/login', { schema: { body } }, () => {
    reached.push('login')
    return {}
  })
  await service.register(async function admin (module) {
    module.addHook('onRequest', async ({ headers }) => {
      throw headers.authorization === undefined ? new MissingTokenError() : new InvalidTokenError()
    })
    const onData = () => {
      reached.push('admin')
      return { secret: SECRET }
    }
    module.get('/admin/users', { schema: { querystring: Type.Object({ limit: Type.Optional(Type.Integer({ maximum: 100 })) }) } }, onData)
    module.get('/admin/users/:id', onData)
    module.delete('/admin/users/:id', onData)
    module.post('/admin/keys/rotate', { schema: { body } }, onData)
  })
  return { service, reached }
}

/** Asserts that an error response is a problem (RFC 9457) without internals. */
export function assertProblem (t: Test, response: Pick<RawResponse, 'status' | 'headers' | 'body'>, name: string): void {
  t.ok(isProblem(response), `${name}: ${response.status} ${response.headers['content-type']} ${response.body}`)
}

/** Whether an error response is a problem (RFC 9457) without internals. */
export function isProblem ({ status, headers, body }: Pick<RawResponse, 'status' | 'headers' | 'body'>): boolean {
  if (headers['content-type'] !== 'application/problem+json; charset=utf-8') return false
  const problem: unknown = JSON.parse(body)
  return Value.Check(ProblemSchema, problem) && problem.status === status && /^\/problems\/[a-z-]+$/.test(problem.type) &&
    !/ at [\w.]+ \(|FAST_?JWT|FST_|SELECT|node:|\.ts\b|\.js\b|\/work|fastify|ajv/i.test(body)
}

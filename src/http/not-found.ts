import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { MethodNotAllowedError, NotFoundError } from '../errors.ts'
import { sendProblem } from './problem.ts'

/** Answers what no route answers: 404, 405 with Allow where another method has a route, and OPTIONS. Register it before the routes. */
export const notFound = fp(async function notFound (app: FastifyInstance) {
  const methodsByPattern = new Map<string, Set<string>>()
  const matchers = new Map<string, RegExp>()

  app.addHook('onRoute', ({ path, method }) => {
    if (!path.startsWith('/')) return
    const methods = methodsByPattern.get(path) ?? new Set(['OPTIONS'])
    for (const name of [method].flat()) methods.add(name)
    methodsByPattern.set(path, methods)
    matchers.set(path, matcherOf(path))
  })

  app.setNotFoundHandler(onNotFound)

  function onNotFound (request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const allow = methodsAt(request.url)
    if (allow === '') return sendProblem(reply, new NotFoundError())
    if (request.method === 'OPTIONS') return reply.code(204).header('allow', allow).send()
    return sendProblem(reply, new MethodNotAllowedError({ headers: { allow } }))
  }

  function methodsAt (url: string): string {
    const path = url.split('?', 1)[0] ?? ''
    const found = [...methodsByPattern].filter(([pattern]) => matchers.get(pattern)?.test(path)).flatMap(([, methods]) => [...methods])
    return [...new Set(found)].sort().join(', ')
  }
}, { name: 'not-found', fastify: '5.x' })

function matcherOf (pattern: string): RegExp {
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+').replace('*', '.*')
  return new RegExp(`^${source}$`)
}

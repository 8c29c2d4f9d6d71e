import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { MethodNotAllowedError, NotFoundError } from '../errors.ts'
import { sendProblem } from './problem.ts'

/** Responds where no route matches: 404, 405 with Allow where another method has a route, and OPTIONS. Register it before the routes. */
export const notFound = fp(async function notFound (app: FastifyInstance) {
  const known = new Map<string, { pattern: RegExp, methods: Set<string> }>()

  app.addHook('onRoute', ({ path, method }) => {
    if (!path.startsWith('/')) return
    const route = known.get(path) ?? { pattern: toPathPattern(path), methods: new Set(['OPTIONS']) }
    for (const name of [method].flat()) route.methods.add(name)
    known.set(path, route)
  })

  app.setNotFoundHandler(onNotFound)

  function onNotFound (request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const methods = findMethods(request.url)
    const allow = [...methods].sort().join(', ')
    if (request.method === 'OPTIONS' && methods.size > 0) return reply.code(204).header('allow', allow).send()
    // The route exists, and its handler found nothing, such as a file.
    if (methods.size === 0 || methods.has(request.method)) return sendProblem(reply, new NotFoundError())
    return sendProblem(reply, new MethodNotAllowedError({ headers: { allow } }))
  }

  function findMethods (url: string): Set<string> {
    const path = url.split('?', 1)[0] ?? ''
    return new Set([...known.values()].filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => [...methods]))
  }
}, { name: 'not-found', fastify: '5.x' })

function toPathPattern (pattern: string): RegExp {
  const source = pattern.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/:[^/]+/g, '[^/]+').replace('*', '.*')
  return new RegExp(`^${source}$`)
}

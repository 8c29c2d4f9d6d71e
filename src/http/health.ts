import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { NotReadyError, toErrorResponses } from '../errors.ts'

/** Whether a part can work; a string also means yes, and says how, such as "degraded"; a reason means no, and is shown. */
export type Health = boolean | string | { reason: string }

export type HealthCheck = () => Health | Promise<Health>

export interface HealthOptions {
  /** By the name shown to those who ask. */
  checks: Readonly<Record<string, HealthCheck>>
  /** How long a check may take, in milliseconds. */
  timeoutMs?: number
  /** How long an answer is kept, in milliseconds, so that asking cannot be used to load the database. */
  cacheMs?: number
}

const LiveSchema = Type.Object({
  status: Type.Literal('live', { description: 'The process answers.' })
}, { additionalProperties: false, description: 'The process is alive.' })

const ReadySchema = Type.Object({
  status: Type.Literal('ready', { description: 'Requests can be served.' }),
  checks: Type.Record(Type.String(), Type.String(), { description: 'How each part is: "ok", or what else there is to say.' })
}, { additionalProperties: false, description: 'The service is ready.' })

const live = {
  operationId: 'isLive',
  summary: 'Whether the process is alive, whatever else is wrong',
  tags: ['health'],
  security: [],
  response: { 200: LiveSchema }
}

const ready = {
  operationId: 'isReady',
  summary: 'Whether requests can be served; a 503 names what is missing',
  tags: ['health'],
  security: [],
  response: { 200: ReadySchema, ...toErrorResponses(NotReadyError) }
}

/** For those who start, stop and route to processes. */
export async function health (app: FastifyInstance, { checks, timeoutMs = 1_000, cacheMs = 1_000 }: HealthOptions): Promise<void> {
  let latest: { askedAt: number, states: Promise<States> } | undefined

  app.get('/health/live', { schema: live, logLevel: 'warn' }, () => ({ status: 'live' as const }))
  app.get('/health/ready', { schema: ready, logLevel: 'warn' }, onReady)
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })

  async function onReady () {
    const states = await statesNow(performance.now())
    const missing = Object.entries(states).flatMap(([path, state]) => {
      if (state === false) return [{ path, message: 'is not available' }]
      return typeof state === 'object' ? [{ path, message: state.reason }] : []
    })
    if (missing.length > 0) throw new NotReadyError({ errors: missing })
    return { status: 'ready' as const, checks: Object.fromEntries(Object.entries(states).map(([name, state]) => [name, typeof state === 'string' ? state : 'ok'])) }
  }

  function statesNow (now: number): Promise<States> {
    if (latest === undefined || now - latest.askedAt > cacheMs) latest = { askedAt: now, states: ask(checks, timeoutMs) }
    return latest.states
  }
}

type States = Record<string, Health>

async function ask (checks: Readonly<Record<string, HealthCheck>>, timeoutMs: number): Promise<States> {
  const states = await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await within(timeoutMs, check)] as const))
  return Object.fromEntries(states)
}

async function within (timeoutMs: number, check: HealthCheck): Promise<Health> {
  let timer
  const tooLate = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false)
  })
  try {
    return await Promise.race([check(), tooLate])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}

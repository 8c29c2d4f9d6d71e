import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { NotReadyError, toErrorResponses } from '../errors.ts'
import { oneOf } from '../schemas.ts'
import { noStore } from './headers.ts'

/** True or a string: the dependency works; the string is shown, such as "degraded". False or a reason: it does not; the reason is shown. */
type Health = boolean | string | { reason: string }

type HealthCheck = () => Health | Promise<Health>

export interface HealthOptions {
  /** By the name that is shown. */
  checks: Readonly<Record<string, HealthCheck>>
  /** How long a check may take, in milliseconds. */
  timeoutMs?: number
  /** How long a result is cached, in milliseconds, so that clients cannot load the database with requests. */
  cacheMs?: number
}

const LiveSchema = Type.Object({
  status: oneOf(['live'], { description: 'The process responds.' })
}, { title: 'Liveness', additionalProperties: false, description: 'The process is alive.' })

const ReadySchema = Type.Object({
  status: oneOf(['ready'], { description: 'Requests can be served.' }),
  checks: Type.Record(Type.String(), Type.String(), {
    title: 'HealthChecks',
    description: 'The state of each dependency: "ok", or a remark such as "degraded".',
    examples: [{ database: 'ok' }]
  })
}, { title: 'Readiness', additionalProperties: false, description: 'The service is ready.' })

const live = {
  operationId: 'isLive',
  summary: 'Whether the process is alive, regardless of its dependencies',
  description: 'For the liveness probe of an orchestrator: restart the process if there is no response.',
  tags: ['health'],
  security: [],
  response: { 200: LiveSchema }
}

const ready = {
  operationId: 'isReady',
  summary: 'Whether requests can be served; a 503 names the failed checks',
  description: 'For the readiness probe of an orchestrator or a load balancer: send no requests while it fails.',
  tags: ['health'],
  security: [],
  response: { 200: ReadySchema, ...toErrorResponses(NotReadyError) }
}

/** Liveness and readiness, for orchestrators and load balancers. */
export async function health (app: FastifyInstance, { checks, timeoutMs = 1_000, cacheMs = 1_000 }: HealthOptions): Promise<void> {
  let latest: { checkedAt: number, states: Promise<States> } | undefined

  app.get('/health/live', { schema: live, logLevel: 'warn' }, () => ({ status: 'live' as const }))
  app.get('/health/ready', { schema: ready, logLevel: 'warn' }, onReady)
  app.addHook('onRequest', noStore)

  async function onReady () {
    const states = await cachedStates(performance.now())
    const errors = Object.entries(states).flatMap(([path, state]) => {
      if (state === false) return [{ path, message: 'is not available' }]
      return typeof state === 'object' ? [{ path, message: state.reason }] : []
    })
    if (errors.length > 0) throw new NotReadyError({ errors })
    const shown = Object.entries(states).map(([name, state]) => [name, typeof state === 'string' ? state : 'ok'])
    return { status: 'ready' as const, checks: Object.fromEntries(shown) }
  }

  function cachedStates (now: number): Promise<States> {
    if (latest === undefined || now - latest.checkedAt > cacheMs) latest = { checkedAt: now, states: runChecks(checks, timeoutMs) }
    return latest.states
  }
}

type States = Record<string, Health>

async function runChecks (checks: Readonly<Record<string, HealthCheck>>, timeoutMs: number): Promise<States> {
  const run = async ([name, check]: [string, HealthCheck]) => [name, await withTimeout(timeoutMs, check)] as const
  return Object.fromEntries(await Promise.all(Object.entries(checks).map(run)))
}

async function withTimeout (timeoutMs: number, check: HealthCheck): Promise<Health> {
  let timer
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false)
  })
  try {
    return await Promise.race([check(), timeout])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}

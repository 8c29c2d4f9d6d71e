import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { InvalidRequestError, NotReadyError, toErrorResponses } from '../errors.ts'
import { packageVersion } from '../package.ts'
import { oneOf } from '../schemas.ts'
import { noStore } from './headers.ts'

/** True or a string: the dependency works; the string is shown, such as "degraded". False or a failure: it does not. */
type Health = boolean | string | Failure

interface Failure {
  reason: string
  /** Where an outage explains the failure: what is shown of it instead. */
  inOutage?: string
}

type HealthCheck = () => Health | Promise<Health>

export interface HealthOptions {
  /** By the name that is shown. */
  checks: Readonly<Record<string, HealthCheck>>
  /**
   * The dependency without which the service is still ready, for requests that do not need it. While its check fails, and for `graceMs`
   * after that, failures that the outage explains do not count either.
   */
  outage?: { check: string, shown: string, graceMs: number }
  /** Whether the process ends soon, so that others should serve. */
  isDraining?: () => boolean
  /** How long a check may take, in milliseconds. */
  timeoutMs?: number
  /** How long a result is cached, in milliseconds, so that clients cannot load the database with requests. */
  cacheMs?: number
}

const LiveSchema = Type.Object({
  status: oneOf(['live'], { description: 'The process responds.' }),
  version: Type.String({ description: 'The version of gatepass that runs.', examples: ['1.0.0'] })
}, { title: 'Liveness', additionalProperties: false, description: 'The process is alive.' })

const ReadySchema = Type.Object({
  status: oneOf(['ready'], { description: 'Requests can be served.' }),
  checks: Type.Record(Type.String(), Type.String(), {
    title: 'HealthChecks',
    description: 'The state of each dependency: "ok", or a remark: "down" (`database`), "stale" (`revocations`), "degraded" (`notify`).',
    examples: [{ database: 'ok' }]
  })
}, { title: 'Readiness', additionalProperties: false, description: 'The service is ready.' })

const ReadyQuerySchema = Type.Object({
  strict: Type.Optional(Type.String({
    description: 'Empty or `true`: also 503 while only the database is down. For alarms, not for load balancers.',
    pattern: '^(true)?$',
    maxLength: 4,
    examples: ['true']
  }))
}, { additionalProperties: false })

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
  description: `For load balancers and the readiness probe of an orchestrator: send no requests while it fails. While only the
database is down, it does not fail, because tokens are verified without it: \`database\` is "down" then. Before the process
ends, it fails with the path \`draining\`.`,
  tags: ['health'],
  security: [],
  querystring: ReadyQuerySchema,
  response: { 200: ReadySchema, ...toErrorResponses(InvalidRequestError, NotReadyError) }
}

type ReadyRequest = FastifyRequest<{ Querystring: Static<typeof ReadyQuerySchema> }>

const DRAINING = { path: 'draining', message: 'is about to end' }

/** Liveness and readiness, for orchestrators and load balancers. */
export async function health (app: FastifyInstance, options: HealthOptions): Promise<void> {
  const { checks, outage, isDraining = () => false, timeoutMs = 1_000, cacheMs = 1_000 } = options
  let latest: { checkedAt: number, states: Promise<States> } | undefined
  let outageSeenAt = -Infinity
  const alive = { status: 'live' as const, version: packageVersion() }

  app.get('/health/live', { schema: live, logLevel: 'warn' }, () => alive)
  app.get('/health/ready', { schema: ready, logLevel: 'warn' }, onReady)
  app.addHook('onRequest', noStore)

  async function onReady ({ query }: ReadyRequest) {
    if (isDraining()) throw new NotReadyError({ errors: [DRAINING] })
    const states = await cachedStates(performance.now())
    const isStrict = query.strict !== undefined
    const errors = Object.entries(states).flatMap(([path, { shown, failure }]) => {
      return failure !== undefined && (isStrict || shown === undefined) ? [{ path, message: failure }] : []
    })
    if (errors.length > 0) throw new NotReadyError({ errors })
    const checks = Object.entries(states).map(([name, { shown = '' }]) => [name, shown])
    return { status: 'ready' as const, checks: Object.fromEntries(checks) }
  }

  function cachedStates (now: number): Promise<States> {
    if (latest === undefined || now - latest.checkedAt > cacheMs) latest = { checkedAt: now, states: readStates(now) }
    return latest.states
  }

  async function readStates (now: number): Promise<States> {
    const results = await runChecks(checks, timeoutMs)
    if (outage !== undefined && toFailure(results[outage.check]) !== undefined) outageSeenAt = now
    return Object.fromEntries(Object.entries(results).map(([name, result]) => [name, toState(name, result, now)]))
  }

  function toState (name: string, result: Health, now: number): State {
    const failure = toFailure(result)
    if (failure === undefined) return { shown: typeof result === 'string' ? result : 'ok' }
    if (outage === undefined || now - outageSeenAt > outage.graceMs) return { failure: failure.reason }
    return { failure: failure.reason, shown: name === outage.check ? outage.shown : failure.inOutage }
  }
}

interface State {
  /** Undefined where the failure counts even if the check is not strict. */
  shown?: string | undefined
  failure?: string
}

type States = Record<string, State>

function toFailure (result: Health | undefined): Failure | undefined {
  if (typeof result === 'object') return result
  return result === false ? { reason: 'is not available' } : undefined
}

async function runChecks (checks: Readonly<Record<string, HealthCheck>>, timeoutMs: number): Promise<Record<string, Health>> {
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

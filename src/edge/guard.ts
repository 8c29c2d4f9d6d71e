import type { FastifyContextConfig, FastifyReply, FastifyRequest, HookHandlerDoneFunction, onRequestHookHandler } from 'fastify'
import type {
  AnyRoles, AuthResult, Capability, CheckSession, RegisteredRoles, RejectionReason, RejectionResponse, StepUpOptions, TokenChecks
} from '../verify/index.ts'
import {
  combineStepUps, createStepUpCheck, InternalError, PublicError, toRejectionResponse, type StepUpCheck
} from '../verify/internals.ts'

type CurrentUser = Exclude<AuthResult, RejectionReason>

/** Authenticates the requests of guarded modules, by tokens or by a session store: a module does not depend on which. */
export interface Verifier {
  readonly roles: AnyRoles
  /** Synchronous where nothing has to be looked up. If it throws or rejects, the request is denied. */
  authenticate (request: FastifyRequest): AuthResult | Promise<AuthResult>
  /** What routes with `freshness: 'central'` call in addition; without it such a route does not boot. */
  readonly checkSession?: CheckSession | undefined
  /** Epoch milliseconds: what the age of a proof is measured by; the clock of this machine, if absent. */
  readonly clock?: (() => number) | undefined
  /** Where the verifier checks tokens: what `request.jwtVerify()` uses. */
  readonly tokens?: TokenChecks
}

interface GuardOptions {
  /** Required on every route of the module; without it each route must require its own. */
  allow: Capability<RegisteredRoles> | undefined
  stepUps: StepUpChecks
}

/**
 * Creates the hook that guards every request of a module. With a synchronous verifier the hook is synchronous too, and allocates
 * nothing for a request.
 */
export function createGuard (verifier: Verifier, { allow: moduleCapability, stepUps }: GuardOptions): onRequestHookHandler {
  return function guard (request, reply, done) {
    let result: AuthResult | Promise<AuthResult>
    try {
      result = authenticate(request)
    } catch (error) {
      done(toPublic(error))
      return
    }
    // Fastify would take a returned promise for permission once it is fulfilled, also after a rejection was sent: so `done` is called.
    if (result instanceof Promise) {
      result.then((settled) => finish(settled, request, reply, done), (error: unknown) => done(toPublic(error)))
    } else finish(result, request, reply, done)
  }

  function authenticate (request: FastifyRequest): AuthResult | Promise<AuthResult> {
    // Read on the request and not in `onRoute`, which does not see routes that were declared before the guard.
    const { config } = request.routeOptions
    const result = verifier.authenticate(request)
    if (result instanceof Promise || config.freshness !== undefined) return authenticateLater(result, request, config)
    return checkProof(authorize(result, request, config), request, config)
  }

  async function authenticateLater (
    pending: AuthResult | Promise<AuthResult>, request: FastifyRequest, config: FastifyContextConfig
  ): Promise<AuthResult> {
    const result = authorize(await pending, request, config)
    if (typeof result === 'string' || config.freshness === undefined) return checkProof(result, request, config)
    if (verifier.checkSession === undefined) throw new TypeError('the verifier cannot ask the session store')
    return checkProof(authorize(await verifier.checkSession(result), request, config), request, config)
  }

  /** Fails closed: a route that requires no capability is open to nobody. */
  function authorize (result: AuthResult, request: FastifyRequest, { allow }: FastifyContextConfig): AuthResult {
    if (typeof result === 'string') return result
    const first = moduleCapability ?? allow
    if (first !== undefined && result.can(first) && (allow === undefined || result.can(allow))) return result
    return withUser('insufficient_scope', result, request)
  }

  /** Last of all: a user whom no proof would help is not asked for one. */
  function checkProof (result: AuthResult, request: FastifyRequest, { stepUp }: FastifyContextConfig): AuthResult {
    if (typeof result === 'string') return result
    const reason = stepUps.find(stepUp)?.findReason(result, verifier.clock?.() ?? Date.now())
    return reason === undefined ? result : withUser(reason, result, request)
  }

  /** For the log, which names the user. */
  function withUser (reason: RejectionReason, user: CurrentUser, request: FastifyRequest): RejectionReason {
    request.currentUser = user
    return reason
  }

  function finish (result: AuthResult, request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
    if (typeof result === 'string') {
      reject(request, reply, result)
      return
    }
    request.currentUser = result
    done()
  }

  /** Sends the response itself, so that it does not depend on the error handler of the app. */
  function reject (request: FastifyRequest, reply: FastifyReply, reason: RejectionReason): void {
    const { status, headers, body } = toRouteResponse(reason, request.routeOptions.config)
    request.log.info({ event: 'request_rejected', reason }, 'request rejected at the edge')
    reply.code(status).headers(headers).send(body)
  }

  function toRouteResponse (reason: RejectionReason, { stepUp }: FastifyContextConfig): RejectionResponse {
    return stepUps.find(stepUp)?.toResponse(reason) ?? toRejectionResponse(reason)
  }
}

/** An error that is not in the catalogue becomes an InternalError, so that no error handler shows its message to the client. */
function toPublic (error: unknown): Error {
  return error instanceof PublicError ? error : new InternalError({ cause: error })
}

/** The step-up checks of one guarded module: one for each of its routes that asks for it, made once. */
export class StepUpChecks {
  readonly #module: StepUpOptions | undefined
  readonly #moduleCheck: StepUpCheck | undefined
  // By identity: a route has the same configuration at each request.
  readonly #routeChecks = new Map<StepUpOptions, StepUpCheck>()

  /** @param options of the module, for all of its routes */
  constructor (options: StepUpOptions | undefined) {
    this.#module = options
    this.#moduleCheck = options === undefined ? undefined : createStepUpCheck(options)
  }

  /**
   * @param options of the route: its requests must meet both
   * @returns undefined where neither asks for a step-up
   * @throws TypeError for options that cannot be met
   */
  find (options: StepUpOptions | undefined): StepUpCheck | undefined {
    return options === undefined ? this.#moduleCheck : this.#routeChecks.get(options) ?? this.#create(options)
  }

  #create (options: StepUpOptions): StepUpCheck {
    // By themselves first: what is wrong with them must not be hidden by those of the module.
    const own = createStepUpCheck(options)
    const check = this.#module === undefined ? own : createStepUpCheck(combineStepUps(this.#module, options))
    this.#routeChecks.set(options, check)
    return check
  }
}

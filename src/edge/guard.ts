import type { FastifyContextConfig, FastifyReply, FastifyRequest, HookHandlerDoneFunction, onRequestHookHandler } from 'fastify'
import { InternalError, PublicError } from '../errors.ts'
import type { Verdict, Verifier } from '../verify/index.ts'
import { refuse } from '../verify/index.ts'

/**
 * Makes the hook that every request of a guarded module goes through. Where the verifier is synchronous, so is the guard, and it makes
 * nothing of its own for a request.
 *
 * @param verifier decides who asks
 * @param floor the capability that the module asks for; without it each route must name its own
 */
export function createGuard (verifier: Verifier, floor: string | undefined): onRequestHookHandler {
  return function guard (request, reply, done) {
    let verdict: Verdict | Promise<Verdict>
    try {
      verdict = examine(request)
    } catch (error) {
      done(toPublic(error))
      return
    }
    // A promise of the hook's own would let the request go on when it is fulfilled, refused or not.
    if (verdict instanceof Promise) verdict.then((verdict) => conclude(verdict, request, reply, done), (error: unknown) => done(toPublic(error)))
    else conclude(verdict, request, reply, done)
  }

  function examine (request: FastifyRequest): Verdict | Promise<Verdict> {
    // Read now, not in `onRoute`, which never sees the routes that were declared before their guard.
    const { config } = request.routeOptions
    const verdict = verifier.authenticate(request)
    return verdict instanceof Promise || config.freshness !== undefined ? examineLater(verdict, request, config) : judge(verdict, request, config)
  }

  async function examineLater (pending: Verdict | Promise<Verdict>, request: FastifyRequest, config: FastifyContextConfig): Promise<Verdict> {
    const verdict = judge(await pending, request, config)
    if (typeof verdict === 'string' || config.freshness === undefined) return verdict
    if (verifier.confirm === undefined) throw new TypeError('the verifier cannot ask the centre')
    return judge(await verifier.confirm(verdict), request, config)
  }

  /** Fails closed: a route that allows nothing lets nobody in. */
  function judge (verdict: Verdict, request: FastifyRequest, { allow }: FastifyContextConfig): Verdict {
    if (typeof verdict === 'string') return verdict
    const first = floor ?? allow
    const may = first !== undefined && verdict.can(first) && (allow === undefined || verdict.can(allow))
    if (may) return verdict
    // Who it was that may not is for the log.
    request.currentUser = verdict
    return 'insufficient_scope'
  }
}

function conclude (verdict: Verdict, request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  if (typeof verdict === 'string') {
    refuse(request, reply, verdict)
    return
  }
  request.currentUser = verdict
  done()
}

/** What goes to the app's error handler: of an error that is not in the catalogue a client learns nothing, whatever handler that is. */
function toPublic (error: unknown): Error {
  return error instanceof PublicError ? error : new InternalError({ cause: error })
}

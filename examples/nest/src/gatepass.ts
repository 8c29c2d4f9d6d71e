import {
  Catch, createParamDecorator, Injectable, SetMetadata, type ArgumentsHost, type CanActivate, type ExceptionFilter, type ExecutionContext
} from '@nestjs/common'
import { Reflector } from '@nestjs/core'
import type { Response } from 'express'
import { createVerifier, defineRoles, Rejection } from 'gatepass-verify'

const { ISSUER = 'http://localhost:3000', FEED_TOKEN } = process.env

const roles = defineRoles({ admin: ['reports:read', 'campaigns:read'], advertiser: ['campaigns:read'], user: [] })

export const verifier = createVerifier({
  issuer: ISSUER, audience: 'api', roles, revocations: FEED_TOKEN === undefined ? false : { token: FEED_TOKEN }
})

type Guard = ReturnType<typeof verifier.guard>
type GuardOptions = Parameters<typeof verifier.guard>[0]
export type User = ReturnType<Guard>

const GUARD = Symbol('the guard of a route')

/** Lets in who holds a capability. On a controller, it is for all routes that have none of their own. */
export const Allow = (allow: GuardOptions['allow'], others: Omit<GuardOptions, 'allow'> = {}) => {
  // Made when the class is: a capability that no role grants is an error of the start.
  return SetMetadata(GUARD, verifier.guard({ allow, ...others }))
}

/** Lets in everybody. */
export const Open = () => SetMetadata(GUARD, 'open')

/** The user of a guarded route. */
export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext): User => {
  return context.switchToHttp().getRequest().user
})

/** For all routes of the app: one that has neither decorator lets in nobody. */
@Injectable()
export class GatepassGuard implements CanActivate {
  readonly #reflector = new Reflector()

  canActivate (context: ExecutionContext): boolean {
    const guard = this.#reflector.getAllAndOverride<Guard | 'open' | undefined>(GUARD, [context.getHandler(), context.getClass()])
    if (guard === 'open') return true
    if (guard === undefined) throw new TypeError(`${context.getClass().name}.${context.getHandler().name} has neither @Allow nor @Open`)
    const request = context.switchToHttp().getRequest()
    // With Fastify as the platform, the request of node:http is its `raw`.
    request.user = guard(request.raw ?? request)
    return true
  }
}

/** Sends what the guard has thrown: a problem document, with its status and headers. */
@Catch(Rejection)
export class RejectionFilter implements ExceptionFilter<Rejection> {
  catch ({ status, headers, body }: Rejection, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<Response>().status(status).set(headers).send(body)
  }
}

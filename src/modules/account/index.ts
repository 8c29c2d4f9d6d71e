import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { toUserBody, toVerifiedBody, type PageQuery } from '../../accounts/index.ts'
import type { AccountService, AccountOwner } from '../../administration/index.ts'
import { toOrigin } from '../../audit/index.ts'
import { edge, type Verifier } from '../../edge/index.ts'
import { NotFoundError } from '../../errors.ts'
import { noStore } from '../../http/index.ts'
import { toAuthenticationBody, toSessionBody } from '../../sessions/index.ts'
import {
  changePasswordRoute, deleteAccountRoute, endSessionRoute, endSessionsRoute, findAccountRoute, listSessionsRoute,
  type Account, type OwnSessions, type PasswordBody, type SessionParams
} from './schemas.ts'

export { email } from './email.ts'
export { me } from './me.ts'
export { passkeys } from './passkeys.ts'
export { security } from './security.ts'
export { stepUp } from './step-up.ts'

interface AccountModuleOptions {
  verifier: Verifier
  /** Opens the service for the user who makes the request. */
  accountFor: (owner: AccountOwner) => AccountService
}

const CAN_DELETE = { config: { allow: 'account:write', freshness: 'central', stepUp: { maxAge: 300 }, revokes: true } } as const
const CAN_CHANGE = { config: { allow: 'account:write', freshness: 'central', revokes: true } } as const
const CAN_END = { config: { allow: 'account:write', revokes: true } } as const

/** Lets users see and change their own account: /account. */
export async function account (app: FastifyInstance, { verifier, accountFor }: AccountModuleOptions): Promise<void> {
  await app.register(edge, { verifier, allow: 'account:read' })
  app.addHook('onRequest', noStore)
  app.get('/account', { schema: findAccountRoute }, onFind)
  app.delete('/account', { schema: deleteAccountRoute, ...CAN_DELETE }, onDelete)
  app.put('/account/password', { schema: changePasswordRoute, ...CAN_CHANGE }, onChangePassword)
  app.get('/account/sessions', { schema: listSessionsRoute }, onListSessions)
  app.delete('/account/sessions/:id', { schema: endSessionRoute, ...CAN_END }, onEndSession)
  app.delete('/account/sessions', { schema: endSessionsRoute, ...CAN_END }, onEndSessions)

  async function onFind (request: FastifyRequest): Promise<Account> {
    const user = await openAccount(request).find()
    if (user === undefined) throw new NotFoundError()
    return { ...toUserBody(user), ...toVerifiedBody(user), claims: user.claims, ...toAuthenticationBody(request.currentUser) }
  }

  async function onDelete (request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await openAccount(request).delete()
    reply.code(204)
  }

  async function onChangePassword (request: FastifyRequest<{ Body: PasswordBody }>, reply: FastifyReply): Promise<void> {
    const { current_password: currentPassword, new_password: newPassword } = request.body
    await openAccount(request).changePassword({ currentPassword, newPassword })
    reply.code(204)
  }

  async function onListSessions (request: FastifyRequest<{ Querystring: PageQuery }>): Promise<OwnSessions> {
    const now = new Date().toISOString()
    const { sessions, next } = await openAccount(request).listSessions(request.query)
    return {
      next,
      sessions: sessions.map((session) => {
        const current = session.id === request.currentUser.sessionId
        return { ...toSessionBody(session), ...(current && { last_seen_at: now }), current }
      })
    }
  }

  async function onEndSession (request: FastifyRequest<{ Params: SessionParams }>, reply: FastifyReply): Promise<void> {
    await openAccount(request).endSession(request.params.id)
    reply.code(204)
  }

  async function onEndSessions (request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await openAccount(request).endSessions()
    reply.code(204)
  }

  /** The account of the current user: a request reaches no other. */
  function openAccount (request: Pick<FastifyRequest, 'currentUser' | 'ip' | 'id' | 'headers'>): AccountService {
    const { id: userId, sessionId, level } = request.currentUser
    return accountFor({ userId, sessionId, level: level ?? 0, origin: toOrigin(request) })
  }
}

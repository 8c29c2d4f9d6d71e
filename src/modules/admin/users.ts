import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { edge } from '../../edge/index.ts'
import { EmailTakenError, InvalidRequestError, LastAdminError, NotFoundError, OverloadedError, toErrorResponses, TooManyAttemptsError, WeakPasswordError } from '../../errors.ts'
import { noStore } from '../../no-store.ts'
import { toActor, guardErrors, type AdminModuleOptions, type AuthenticatedRequest } from './shared.ts'
import {
  ManagedUserSchema, NewUserSchema, NothingSchema, ParamsSchema, toManagedUser, UserPatchSchema, UsersPageSchema, UsersQuerySchema, type ManagedUser, type NewUser,
  type UserParams, type UserPatchBody, type UsersPage, type UsersQuery
} from './schemas.ts'

const tags = ['admin']
const security = [{ bearer: [] }]

const listRoute = {
  operationId: 'listUsers',
  summary: 'Users, newest first',
  tags,
  security,
  querystring: UsersQuerySchema,
  response: { 200: UsersPageSchema, ...toErrorResponses(...guardErrors, InvalidRequestError) }
}

const createRoute = {
  operationId: 'createUser',
  summary: 'Make a user',
  tags,
  security,
  body: NewUserSchema,
  response: { 201: ManagedUserSchema, ...toErrorResponses(...guardErrors, InvalidRequestError, EmailTakenError, WeakPasswordError, TooManyAttemptsError, OverloadedError) }
}

const findRoute = {
  operationId: 'findUser',
  summary: 'One user',
  tags,
  security,
  params: ParamsSchema,
  response: { 200: ManagedUserSchema, ...toErrorResponses(...guardErrors, InvalidRequestError, NotFoundError) }
}

const changeRoute = {
  operationId: 'changeUser',
  summary: 'Change a user: a new role is felt at every edge at once, a new password and disabling end every session',
  tags,
  security,
  params: ParamsSchema,
  body: UserPatchSchema,
  response: {
    200: ManagedUserSchema,
    ...toErrorResponses(...guardErrors, InvalidRequestError, NotFoundError, LastAdminError, WeakPasswordError, TooManyAttemptsError, OverloadedError)
  }
}

const deleteRoute = {
  operationId: 'deleteUser',
  summary: 'Delete a user and end every session of theirs',
  tags,
  security,
  params: ParamsSchema,
  response: { 204: NothingSchema, ...toErrorResponses(...guardErrors, InvalidRequestError, NotFoundError, LastAdminError) }
}

// Who changes others must not have been ended a moment ago, wherever that has not been heard of yet.
const CAN_WRITE = { config: { allow: 'users:write', freshness: 'central' } } as const

/** Users, in the hands of an admin. */
export async function users (app: FastifyInstance, { verifier, adminFor }: AdminModuleOptions): Promise<void> {
  await app.register(edge, { verifier, allow: 'users:read' })
  app.addHook('onRequest', noStore)
  app.get('/admin/users', { schema: listRoute }, onList)
  app.post('/admin/users', { schema: createRoute, ...CAN_WRITE }, onCreate)
  app.get('/admin/users/:id', { schema: findRoute }, onFind)
  app.patch('/admin/users/:id', { schema: changeRoute, ...CAN_WRITE }, onChange)
  app.delete('/admin/users/:id', { schema: deleteRoute, ...CAN_WRITE }, onDelete)

  async function onList (request: FastifyRequest<{ Querystring: UsersQuery }>): Promise<UsersPage> {
    const { users, next } = await openAdmin(request).listUsers(request.query)
    return { users: users.map(toManagedUser), next }
  }

  async function onCreate (request: FastifyRequest<{ Body: NewUser }>, reply: FastifyReply): Promise<ManagedUser> {
    const user = await openAdmin(request).createUser(request.body)
    reply.code(201)
    return toManagedUser(user)
  }

  async function onFind (request: FastifyRequest<{ Params: UserParams }>): Promise<ManagedUser> {
    const user = await openAdmin(request).findUser(request.params.id)
    if (user === undefined) throw new NotFoundError()
    return toManagedUser(user)
  }

  async function onChange (request: FastifyRequest<{ Params: UserParams, Body: UserPatchBody }>): Promise<ManagedUser> {
    return toManagedUser(await openAdmin(request).updateUser(request.params.id, request.body))
  }

  async function onDelete (request: FastifyRequest<{ Params: UserParams }>, reply: FastifyReply): Promise<void> {
    await openAdmin(request).deleteUser(request.params.id)
    reply.code(204)
  }

  function openAdmin (request: AuthenticatedRequest) {
    return adminFor(toActor(request))
  }
}

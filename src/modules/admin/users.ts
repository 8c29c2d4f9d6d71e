import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import {
  ADMIN_ROLE, ClaimsSchema, DEFAULT_ADMIN_EMAIL, EmailSchema, NewPasswordSchema, NextCursorSchema, pagingProperties, RoleSchema, toUserBody,
  toVerifiedBody, userProperties, verifiedProperty, type User
} from '../../accounts/index.ts'
import { edge } from '../../edge/index.ts'
import {
  EmailTakenError, InvalidRequestError, LastAdminError, MailDisabledError, NotFoundError, OverloadedError, toErrorResponses,
  TooManyAttemptsError, WeakPasswordError
} from '../../errors.ts'
import { noStore } from '../../http/index.ts'
import { LINE_PATTERN } from '../../schemas.ts'
import {
  changeErrors, guardErrors, IdParamsSchema, NoContentSchema, toActor, type AdminModuleOptions, type AuthenticatedRequest, type IdParams
} from './shared.ts'

/** A user, as admins see it. */
const ManagedUserSchema = Type.Object({
  ...userProperties,
  ...verifiedProperty,
  claims: ClaimsSchema,
  disabled: Type.Boolean({ description: 'Whether the user cannot log in.', examples: [false] })
}, { title: 'User', additionalProperties: false, description: 'A user.' })

type ManagedUser = Static<typeof ManagedUserSchema>

const UsersQuerySchema = Type.Object({
  email: Type.Optional(Type.String({
    description: 'The whole e-mail. Case, and white space around it, are ignored.',
    minLength: 1,
    maxLength: 320,
    pattern: LINE_PATTERN,
    examples: [DEFAULT_ADMIN_EMAIL]
  })),
  role: Type.Optional(Type.String({ ...RoleSchema, examples: [ADMIN_ROLE] })),
  ...pagingProperties
}, { additionalProperties: false })

type UsersQuery = Static<typeof UsersQuerySchema>

const UsersPageSchema = Type.Object({
  users: Type.Array(ManagedUserSchema, { description: 'Newest first.' }),
  next: NextCursorSchema
}, { title: 'UserPage', additionalProperties: false, description: 'A page of users.' })

type UsersPage = Static<typeof UsersPageSchema>

const NewUserSchema = Type.Object({
  email: EmailSchema,
  password: Type.Optional(NewPasswordSchema),
  role: RoleSchema,
  claims: Type.Optional(ClaimsSchema)
}, {
  title: 'CreateUserRequest',
  additionalProperties: false,
  description: 'The user to create; without a password, the user is invited by mail.'
})

type NewUser = Static<typeof NewUserSchema>

const UserPatchSchema = Type.Object({
  role: Type.Optional(RoleSchema),
  disabled: Type.Optional(Type.Boolean({
    description: 'Whether the user cannot log in; true ends all sessions of the user.', examples: [false]
  })),
  password: Type.Optional(NewPasswordSchema),
  claims: Type.Optional(ClaimsSchema),
  email: Type.Optional(EmailSchema)
}, {
  title: 'ChangeUserRequest',
  additionalProperties: false,
  minProperties: 1,
  description: 'New values; an absent member is not changed.',
  examples: [{ role: 'user' }]
})

type UserPatchBody = Static<typeof UserPatchSchema>

const AcceptedSchema = Type.Object({}, { title: 'MailAccepted', additionalProperties: false, description: 'The mail will be sent.' })

const tags = ['admin']
const security = [{ bearer: [] }]

const listRoute = {
  operationId: 'listUsers',
  summary: 'Users, newest first',
  description: 'A page of them; `next` is the `after` of the next page.',
  tags,
  security,
  querystring: UsersQuerySchema,
  response: { 200: UsersPageSchema, ...toErrorResponses(...guardErrors, InvalidRequestError) }
}

const createRoute = {
  operationId: 'createUser',
  summary: 'Create a user',
  description: 'With a password, the user can log in at once. Without one, the user gets a mail with a link to set it, good for 7 days.',
  tags,
  security,
  body: NewUserSchema,
  response: {
    201: ManagedUserSchema,
    ...toErrorResponses(
      ...changeErrors, InvalidRequestError, MailDisabledError, EmailTakenError, WeakPasswordError, TooManyAttemptsError, OverloadedError)
  }
}

const findRoute = {
  operationId: 'findUser',
  summary: 'One user',
  description: 'As the database has it now.',
  tags,
  security,
  params: IdParamsSchema,
  response: { 200: ManagedUserSchema, ...toErrorResponses(...guardErrors, InvalidRequestError, NotFoundError) }
}

const updateRoute = {
  operationId: 'changeUser',
  summary: 'Change a user',
  description: 'A new role and new claims take effect at every edge at once; a new password or disabling ends every session. A new ' +
    'password and a new e-mail are told by mail, if the service sends any; links and codes in earlier mails do nothing any more.',
  tags,
  security,
  params: IdParamsSchema,
  body: UserPatchSchema,
  response: {
    200: ManagedUserSchema,
    ...toErrorResponses(
      ...changeErrors, InvalidRequestError, NotFoundError, EmailTakenError, LastAdminError, WeakPasswordError, TooManyAttemptsError,
      OverloadedError
    )
  }
}

const deleteRoute = {
  operationId: 'deleteUser',
  summary: 'Delete a user and end all sessions of the user',
  description: 'The id is never used again; audit events about the user stay. The last admin cannot be deleted.',
  tags,
  security,
  params: IdParamsSchema,
  response: { 204: NoContentSchema, ...toErrorResponses(...changeErrors, InvalidRequestError, NotFoundError, LastAdminError) }
}

const sendPasswordMailRoute = {
  operationId: 'sendPasswordMail',
  summary: 'Mail a user a link to set a password',
  description: 'An invitation, good for 7 days, to who has none yet; to everybody else the link of a forgotten password, good for an ' +
    'hour. A disabled user is refused.',
  tags,
  security,
  params: IdParamsSchema,
  response: {
    202: AcceptedSchema,
    ...toErrorResponses(...changeErrors, InvalidRequestError, MailDisabledError, NotFoundError, TooManyAttemptsError)
  }
}

// The session is looked up too: this edge may not have received the revocation of the admin's session yet.
const CAN_WRITE = { config: { allow: 'users:write', freshness: 'central' } } as const
const CAN_REVOKE = { config: { ...CAN_WRITE.config, revokes: true } } as const

/** Lets admins manage users: /admin/users. */
export async function users (app: FastifyInstance, { verifier, adminFor }: AdminModuleOptions): Promise<void> {
  await app.register(edge, { verifier, allow: 'users:read' })
  app.addHook('onRequest', noStore)
  app.get('/admin/users', { schema: listRoute }, onList)
  app.post('/admin/users', { schema: createRoute, ...CAN_WRITE }, onCreate)
  app.get('/admin/users/:id', { schema: findRoute }, onFind)
  app.patch('/admin/users/:id', { schema: updateRoute, ...CAN_REVOKE }, onUpdate)
  app.delete('/admin/users/:id', { schema: deleteRoute, ...CAN_REVOKE }, onDelete)
  app.post('/admin/users/:id/password-reset', { schema: sendPasswordMailRoute, ...CAN_WRITE }, onSendPasswordMail)

  async function onList (request: FastifyRequest<{ Querystring: UsersQuery }>): Promise<UsersPage> {
    const { users, next } = await openAdmin(request).listUsers(request.query)
    return { users: users.map(toManagedUser), next }
  }

  async function onCreate (request: FastifyRequest<{ Body: NewUser }>, reply: FastifyReply): Promise<ManagedUser> {
    const user = await openAdmin(request).createUser(request.body)
    reply.code(201)
    return toManagedUser(user)
  }

  async function onFind (request: FastifyRequest<{ Params: IdParams }>): Promise<ManagedUser> {
    const user = await openAdmin(request).findUser(request.params.id)
    if (user === undefined) throw new NotFoundError()
    return toManagedUser(user)
  }

  async function onUpdate (request: FastifyRequest<{ Params: IdParams, Body: UserPatchBody }>): Promise<ManagedUser> {
    return toManagedUser(await openAdmin(request).updateUser(request.params.id, request.body))
  }

  async function onDelete (request: FastifyRequest<{ Params: IdParams }>, reply: FastifyReply): Promise<void> {
    await openAdmin(request).deleteUser(request.params.id)
    reply.code(204)
  }

  async function onSendPasswordMail (request: FastifyRequest<{ Params: IdParams }>, reply: FastifyReply): Promise<{}> {
    await openAdmin(request).sendPasswordMail(request.params.id)
    reply.code(202)
    return {}
  }

  function openAdmin (request: AuthenticatedRequest) {
    return adminFor(toActor(request))
  }
}

function toManagedUser (user: User): ManagedUser {
  return { ...toUserBody(user), ...toVerifiedBody(user), claims: user.claims, disabled: user.disabled }
}

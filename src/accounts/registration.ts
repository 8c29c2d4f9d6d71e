import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { toOrigin } from '../audit/index.ts'
import {
  CredentialStoreUnavailableError, EmailTakenError, InvalidRequestError, OverloadedError, RegistrationClosedError, toErrorResponses,
  TooManyAttemptsError, WeakPasswordError
} from '../errors.ts'
import { noStore } from '../http/index.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import { createThrottle, type ThrottleOptions } from '../throttle/index.ts'
import { createAccount } from './create.ts'
import { EmailSchema, NewPasswordSchema, toUserBody, userProperties, type UserBody } from './schemas.ts'

export interface RegistrationOptions extends ThrottleOptions {
  hasher: PasswordHasher
  registration: 'open' | 'closed'
  /** The role of a user who registers. */
  defaultRole: string
  /** In code points. */
  passwordMinLength: number
}

const RegisterBodySchema = Type.Object({
  email: { ...EmailSchema, examples: ['user2@example.com'] },
  password: NewPasswordSchema
}, { title: 'RegisterRequest', additionalProperties: false, description: 'The account to create.' })

type RegisterBody = Static<typeof RegisterBodySchema>

const RegisteredUserSchema = Type.Object(userProperties, {
  title: 'RegisteredUser', additionalProperties: false, description: 'The account that was created.'
})

const registerRoute = {
  operationId: 'register',
  summary: 'Create an account for yourself, if registration is open',
  description: 'The account gets the role of DEFAULT_ROLE. Log in with it afterwards: no session begins here.',
  tags: ['authentication'],
  security: [],
  body: RegisterBodySchema,
  response: {
    201: RegisteredUserSchema,
    ...toErrorResponses(
      InvalidRequestError, RegistrationClosedError, EmailTakenError, WeakPasswordError, TooManyAttemptsError, OverloadedError,
      CredentialStoreUnavailableError
    )
  }
}

/** Lets users create their own accounts: POST /auth/register. */
export async function registration (app: FastifyInstance, options: RegistrationOptions): Promise<void> {
  const { database, hasher, registration, defaultRole, passwordMinLength } = options
  const throttle = createThrottle(options)
  app.addHook('onRequest', noStore)
  app.addHook('onRequest', assertOpen)
  app.post('/auth/register', { schema: registerRoute }, onRegister)

  async function assertOpen (): Promise<void> {
    if (registration === 'closed') throw new RegistrationClosedError()
  }

  async function onRegister (request: FastifyRequest<{ Body: RegisterBody }>, reply: FastifyReply): Promise<UserBody> {
    const { email, password } = request.body
    const origin = toOrigin(request)
    const admit = () => throttle.admitRegistration(origin.ip)
    const account = { email, password, role: defaultRole }
    const user = await createAccount({ db: database.kysely, hasher, passwordMinLength, admit }, account, { actorId: null, origin })
    reply.code(201)
    return toUserBody(user)
  }
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { originOf } from '../audit/index.ts'
import {
  CredentialStoreUnavailableError, EmailTakenError, InvalidRequestError, OverloadedError, RegistrationClosedError, TooManyAttemptsError, WeakPasswordError, toErrorResponses
} from '../errors.ts'
import { enrolUser } from './create.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import { EmailSchema, NewPasswordSchema, toUserBody, UserSchema, type UserBody } from './schemas.ts'
import { createThrottle, type ThrottleOptions } from '../throttle/index.ts'

export interface RegistrationOptions extends ThrottleOptions {
  hasher: PasswordHasher
  registration: 'open' | 'closed'
  /** Of everybody who registers. */
  defaultRole: string
  /** In code points. */
  passwordMinLength: number
}

const RegisterBodySchema = Type.Object({
  email: EmailSchema,
  password: NewPasswordSchema
}, { additionalProperties: false })

type RegisterBody = Static<typeof RegisterBodySchema>

const registerRoute = {
  operationId: 'register',
  summary: 'Make an account of one\'s own, where registration is open',
  tags: ['authentication'],
  security: [],
  body: RegisterBodySchema,
  response: {
    201: UserSchema,
    ...toErrorResponses(InvalidRequestError, RegistrationClosedError, EmailTakenError, WeakPasswordError, TooManyAttemptsError, OverloadedError, CredentialStoreUnavailableError)
  }
}

/** Where users make their own accounts. */
export async function registration (app: FastifyInstance, options: RegistrationOptions): Promise<void> {
  const { database, hasher, registration, defaultRole, passwordMinLength } = options
  const throttle = createThrottle(options)
  app.addHook('onRequest', onAny)
  app.post('/auth/register', { schema: registerRoute }, onRegister)

  async function onAny (_request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.header('cache-control', 'no-store')
    if (registration === 'closed') throw new RegistrationClosedError()
  }

  async function onRegister (request: FastifyRequest<{ Body: RegisterBody }>, reply: FastifyReply): Promise<UserBody> {
    const { email, password } = request.body
    const origin = originOf(request)
    const admit = () => throttle.admitRegistration(origin.ip)
    const user = await enrolUser({ db: database.kysely, hasher, passwordMinLength, admit }, { email, password, role: defaultRole }, { actorId: null, origin })
    reply.code(201)
    return toUserBody(user)
  }
}

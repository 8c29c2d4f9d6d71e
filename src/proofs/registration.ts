import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { assertAccountPassword, createAccount, parseEmail, toUserBody, type UserBody } from '../accounts/index.ts'
import { toOrigin } from '../audit/index.ts'
import type { Database } from '../database/index.ts'
import { InvalidRequestError, RegistrationClosedError } from '../errors.ts'
import { noStore } from '../http/index.ts'
import { CODE_SECONDS, type Outbox } from '../mail/index.ts'
import type { PasswordHasher } from '../passwords/index.ts'
import { createThrottle, type ThrottleOptions } from '../throttle/index.ts'
import type { ProofSecrets } from './proof-secrets.ts'
import { createProofReader, type GivenProof } from './read-proof.ts'
import {
  completeRegistrationRoute, registerRoute, type CompleteRegistrationBody, type RegisterBody, type RegistrationBody
} from './schemas.ts'
import { registerByProof } from './set-password.ts'

export interface ProofOptions extends ThrottleOptions {
  database: Database
  hasher: PasswordHasher
  outbox: Outbox
  secrets: ProofSecrets
  /** In code points. */
  passwordMinLength: number
}

export interface RegistrationOptions extends ProofOptions {
  registration: 'open' | 'closed'
  /** The role of a user who registers. */
  defaultRole: string
}

type RegisterRequest = FastifyRequest<{ Body: RegisterBody }>
type CompleteRequest = FastifyRequest<{ Body: CompleteRegistrationBody }>

/**
 * Lets users create their own accounts: POST /auth/register, which with mail is the first of two steps. Then nobody learns whether an
 * address has an account but its owner, and no account has an address that its user does not read.
 */
export async function registration (app: FastifyInstance, options: RegistrationOptions): Promise<void> {
  const { database, hasher, outbox, secrets, registration, defaultRole, passwordMinLength } = options
  const throttle = createThrottle(options)
  const readProof = createProofReader(options)
  app.addHook('onRequest', noStore)
  app.addHook('onRequest', assertOpen)
  app.post('/auth/register', { schema: registerRoute }, outbox.isEnabled ? onAsk : onRegister)
  app.post('/auth/register/complete', { schema: completeRegistrationRoute, config: { revokes: true } }, onComplete)

  async function assertOpen (): Promise<void> {
    if (registration === 'closed') throw new RegistrationClosedError()
  }

  /** The same statements for every address. */
  async function onAsk (request: RegisterRequest, reply: FastifyReply): Promise<RegistrationBody> {
    const { email, password } = request.body
    if (password !== undefined) throw createInvalid('/password', 'is chosen later, with the link or the code of the mail')
    const address = parseEmail(email)
    const origin = toOrigin(request)
    await throttle.admitMail({ mailbox: address.normalized, caller: origin })
    const id = await outbox.enqueue(database.kysely, { purpose: 'registration', address }, { type: 'registration_requested', origin })
    reply.code(202)
    return { registration: secrets.toHandle({ id, purpose: 'registration' }), expires_in: CODE_SECONDS }
  }

  async function onRegister (request: RegisterRequest, reply: FastifyReply): Promise<UserBody> {
    const { email, password } = request.body
    if (password === undefined) throw createInvalid('/password', 'is required')
    const origin = toOrigin(request)
    const admit = () => throttle.admitRegistration(origin.ip)
    const account = { email, password, role: defaultRole }
    const user = await createAccount({ db: database.kysely, hasher, passwordMinLength, admit }, account, { actorId: null, origin })
    reply.code(201)
    return toUserBody(user)
  }

  async function onComplete (request: CompleteRequest, reply: FastifyReply): Promise<UserBody> {
    outbox.assertEnabled()
    const given = toGivenProof(request.body)
    const { password } = request.body
    const origin = toOrigin(request)
    hasher.assertCapacity(origin.ip)
    const proof = await readProof(given, ['registration'], origin)
    assertAccountPassword(password, { minLength: passwordMinLength, email: proof.email.display })
    // No connection is held while hashing.
    const passwordHash = await hasher.hash(password)
    const user = await registerByProof(database, { proof, passwordHash, role: defaultRole }, { actorId: null, origin })
    reply.code(201)
    return toUserBody(user)
  }
}

function toGivenProof ({ token, registration, code }: CompleteRegistrationBody): GivenProof {
  if (token !== undefined && registration === undefined && code === undefined) return { token }
  if (token === undefined && registration !== undefined && code !== undefined) return { handle: registration, code }
  throw createInvalid('', 'must have either token, or registration and code')
}

function createInvalid (path: string, message: string): Error {
  return new InvalidRequestError({ errors: [{ path, message }] })
}

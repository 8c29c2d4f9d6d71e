import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type, type Static } from 'typebox'
import { IdSchema } from '../../accounts/index.ts'
import { toOrigin } from '../../audit/index.ts'
import { edge, type AnyUser, type Verifier } from '../../edge/index.ts'
import {
  InsufficientUserAuthenticationError, InvalidRequestError, LastFactorError, NotFoundError, PasskeyExistsError, toErrorResponses,
  TooManyAttemptsError, TooManyPasskeysError, WrongPasskeyError
} from '../../errors.ts'
import { noStore } from '../../http/index.ts'
import {
  NothingSchema, PasskeyCreationSchema, PasskeyNameSchema, PasskeySchema, toLifetimeSeconds, toPasskeyBody, type PasskeyCreation,
  type PasskeyOwner, type PasskeyService
} from '../../passkeys/index.ts'
import { CredentialSchema } from '../../sessions/index.ts'
import { guardErrors } from './schemas.ts'

interface PasskeysModuleOptions {
  verifier: Verifier
  /** Opens the passkeys of the user who makes the request. */
  passkeysFor: (owner: PasskeyOwner) => PasskeyService
}

type PasskeyBody = Static<typeof PasskeySchema>

/** What no authenticator has made, in the form of what one would have. */
const EXAMPLE_ATTESTATION = {
  id: 'c29tZSBpZA',
  type: 'public-key',
  response: {
    clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiQVFFIiwib3JpZ2luIjoiaHR0cDovL2xvY2FsaG9zdDozMDAwIn0',
    attestationObject: 'o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUFB',
    transports: ['internal']
  }
}

const NewPasskeySchema = Type.Object({ name: PasskeyNameSchema, credential: CredentialSchema }, {
  title: 'AddPasskeyRequest',
  additionalProperties: false,
  description: 'A passkey that the browser has made.',
  examples: [{ name: 'My phone', credential: EXAMPLE_ATTESTATION }]
})

const RenameSchema = Type.Object({ name: PasskeyNameSchema }, {
  title: 'RenamePasskeyRequest', additionalProperties: false, description: 'The new name.'
})

const ParamsSchema = Type.Object({ id: IdSchema }, { additionalProperties: false })

type AddRequest = FastifyRequest<{ Body: Static<typeof NewPasskeySchema> }>
type RenameRequest = FastifyRequest<{ Params: Static<typeof ParamsSchema>, Body: Static<typeof RenameSchema> }>
type RemoveRequest = FastifyRequest<{ Params: Static<typeof ParamsSchema> }>

const tags = ['account']
const security = [{ bearer: [] }]
const errors = [...guardErrors, InsufficientUserAuthenticationError, InvalidRequestError]

const optionsRoute = {
  operationId: 'beginPasskey',
  summary: 'The options to make a passkey for your account',
  description: 'It asks for a recent proof. Your browser makes the passkey; then send it to POST /account/passkeys.',
  tags,
  security,
  body: NothingSchema,
  response: { 200: PasskeyCreationSchema, ...toErrorResponses(...errors) }
}

const addRoute = {
  operationId: 'addPasskey',
  summary: 'Add a passkey that your browser has made',
  description: 'It asks for a recent proof. The first second factor of an account ends all its other sessions. The change is told by ' +
    'mail, if the service sends any.',
  tags,
  security,
  body: NewPasskeySchema,
  response: {
    201: PasskeySchema,
    ...toErrorResponses(...errors, WrongPasskeyError, PasskeyExistsError, TooManyPasskeysError, TooManyAttemptsError)
  }
}

const renameRoute = {
  operationId: 'renamePasskey',
  summary: 'Give one of your passkeys another name',
  description: 'It asks for a recent proof. The name is for you alone; your browser does not learn it.',
  tags,
  security,
  params: ParamsSchema,
  body: RenameSchema,
  response: { 204: Type.Null({ description: 'It has the name.' }), ...toErrorResponses(...errors, NotFoundError) }
}

const removeRoute = {
  operationId: 'removePasskey',
  summary: 'Remove one of your passkeys',
  description: 'It asks for a recent proof. The last second factor stays while your account needs one. The change is told by mail, if ' +
    'the service sends any.',
  tags,
  security,
  params: ParamsSchema,
  response: {
    204: Type.Null({ description: 'It logs nobody in any more.' }),
    ...toErrorResponses(...errors, NotFoundError, LastFactorError, TooManyAttemptsError)
  }
}

// Also with a token that does nothing but enrol, which has no session: the service asks the database for the session of others.
const ADD = { config: { allow: 'account:enrol', stepUp: { maxAge: 300 } } } as const
const CHANGE = { config: { allow: 'account:write', freshness: 'central', stepUp: { maxAge: 300 } } } as const

/** Lets users add, name and remove their own passkeys: /account/passkeys. */
export async function passkeys (app: FastifyInstance, { verifier, passkeysFor }: PasskeysModuleOptions): Promise<void> {
  await app.register(edge, { verifier })
  app.addHook('onRequest', noStore)
  app.post('/account/passkeys/options', { schema: optionsRoute, ...ADD }, onOptions)
  app.post('/account/passkeys', { schema: addRoute, config: { ...ADD.config, revokes: true } }, onAdd)
  app.patch('/account/passkeys/:id', { schema: renameRoute, ...CHANGE }, onRename)
  app.delete('/account/passkeys/:id', { schema: removeRoute, ...CHANGE }, onRemove)

  async function onOptions (request: FastifyRequest): Promise<PasskeyCreation> {
    return { passkey_options: await openPasskeys(request).toOptions(), expires_in: toLifetimeSeconds('registration') }
  }

  async function onAdd (request: AddRequest, reply: FastifyReply): Promise<PasskeyBody> {
    const passkey = await openPasskeys(request).register(request.body)
    reply.code(201)
    return toPasskeyBody(passkey)
  }

  async function onRename (request: RenameRequest, reply: FastifyReply): Promise<void> {
    await openPasskeys(request).rename(request.params.id, request.body.name)
    reply.code(204)
  }

  async function onRemove (request: RemoveRequest, reply: FastifyReply): Promise<void> {
    await openPasskeys(request).remove(request.params.id)
    reply.code(204)
  }

  /** The passkeys of the current user: a request reaches no others. */
  function openPasskeys (request: Pick<FastifyRequest, 'currentUser' | 'ip' | 'id' | 'headers'>): PasskeyService {
    const { id: userId, sessionId, level = 1, role, is }: AnyUser = request.currentUser
    return passkeysFor({ userId, sessionId, level, isEnrolment: !is(role), origin: toOrigin(request) })
  }
}

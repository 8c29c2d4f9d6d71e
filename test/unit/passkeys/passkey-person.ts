// A user with a password, an authenticator and a session, at a service in this process.
import type { FastifyInstance } from 'fastify'
import type { Test } from 'tap'
import type { Database } from '../../../src/database/index.ts'
import type { CreationOptions, RequestOptions } from '../../../src/passkeys/options.ts'
import { createPasskeyChallenges } from '../../../src/passkeys/challenges.ts'
import { SoftwareAuthenticator, type CredentialJson, type Deviations } from '../../support/authenticator.ts'
import { PASSWORD } from '../../support/password.ts'
import { createService, SECRET_KEYS, type ServiceOptions } from '../../support/service.ts'
import { decodeClaims, ISSUER } from '../../support/tokens.ts'
import { createUser } from '../../support/users.ts'

export const RP_ID = 'auth.example.com'

interface Reply {
  status: number
  // Of any shape: it is what tests look at.
  body: any
}

/** A request as a client makes it. */
export async function call (
  app: FastifyInstance, method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, { body, token, ip = '192.0.2.7' }: {
    body?: unknown, token?: string | undefined, ip?: string
  } = {}
): Promise<Reply> {
  const reply = await app.inject({
    method,
    url,
    headers: {
      'user-agent': 'test',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' })
    },
    ...(body !== undefined && { payload: JSON.stringify(body) }),
    remoteAddress: ip
  })
  return { status: reply.statusCode, body: reply.body === '' ? undefined : reply.json() }
}

/** Challenges of the service that are so many seconds old. */
export function makeChallenge (purpose: 'login' | 'stepUp' | 'registration', id: string, ageSeconds = 0): string {
  const clock = () => Date.now() - ageSeconds * 1000
  return createPasskeyChallenges({ secretKeys: [Buffer.from(SECRET_KEYS, 'base64')], issuer: ISSUER, clock }).make(purpose, id)
}

export class Person {
  readonly app: FastifyInstance
  readonly id: string
  readonly email: string
  /** The access token of the last login. */
  token = ''

  constructor (app: FastifyInstance, id: string, email: string) {
    this.app = app
    this.id = id
    this.email = email
  }

  get sessionId (): string {
    return String(decodeClaims(this.token).sid)
  }

  ask (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', url: string, body?: unknown): Promise<Reply> {
    return call(this.app, method, url, { body, token: this.token })
  }

  async logIn (): Promise<Reply> {
    const reply = await call(this.app, 'POST', '/auth/login', { body: { email: this.email, password: PASSWORD } })
    this.token = reply.body.access_token ?? this.token
    return reply
  }

  async findCreationOptions (): Promise<CreationOptions> {
    return (await this.ask('POST', '/account/passkeys/options', {})).body.passkey_options
  }

  add (credential: CredentialJson, name = 'Phone'): Promise<Reply> {
    return this.ask('POST', '/account/passkeys', { name, credential })
  }

  /** @throws unless it is added */
  async register (authenticator = new SoftwareAuthenticator(), deviations: Deviations = {}): Promise<SoftwareAuthenticator> {
    const { status, body } = await this.add(authenticator.create(await this.findCreationOptions(), deviations))
    if (status !== 201) throw new Error(`${status} ${JSON.stringify(body)}`)
    return authenticator
  }
}

/** A user who has logged in. */
export async function createPerson (app: FastifyInstance, database: Database, email = 'ada@example.com', role = 'user'): Promise<Person> {
  const person = new Person(app, await createUser(database, email, role), email)
  await person.logIn()
  return person
}

export async function createApp (t: Test, database: Database, settings: ServiceOptions['settings'] = {}): Promise<FastifyInstance> {
  return (await createService(t, database, { settings: { ...settings } })).app
}

export async function findLoginOptions (app: FastifyInstance): Promise<RequestOptions> {
  return (await call(app, 'POST', '/auth/passkeys/options', { body: {} })).body.passkey_options
}

export function logInWith (app: FastifyInstance, credential: unknown): Promise<Reply> {
  return call(app, 'POST', '/auth/passkeys/login', { body: { credential } })
}

/** As PUT /account/second-factor does. */
export async function requireSecondFactor (database: Database, userId: string): Promise<void> {
  await database.kysely.updateTable('users').set({ second_factor_since: new Date() }).where('id', '=', userId).execute()
}

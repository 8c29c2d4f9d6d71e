// What users do with their own passkeys.
import { randomBytes } from 'node:crypto'
import t from 'tap'
import { reportPasskeys } from '../../../src/passkeys/index.ts'
import { encodeCbor, SoftwareAuthenticator, type Deviations } from '../../support/authenticator.ts'
import { eachDatabase } from '../../support/database.ts'
import { listActiveSessionIds, listAuditEvents, listAuditTypes } from '../../support/rows.ts'
import {
  createApp, createPerson, findLoginOptions, logInWith, makeChallenge, Person, requireSecondFactor, RP_ID
} from './passkey-person.ts'

eachDatabase(t, 'a user adds a passkey, names it and removes it', async (t, database) => {
  const app = await createApp(t, database, { SMTP_URL: 'smtp://127.0.0.1:2525', MAIL_FROM: 'accounts@example.com', APP_NAME: 'Shop' })
  const ada = await createPerson(app, database)
  const { status, body } = await ada.ask('POST', '/account/passkeys/options')
  const { challenge, ...options } = body.passkey_options
  const handle = Buffer.from(ada.id.replaceAll('-', ''), 'hex').toString('base64url')
  t.strictSame({ status, expires_in: body.expires_in, options }, {
    status: 200,
    expires_in: 600,
    options: {
      rp: { id: RP_ID, name: 'Shop' },
      user: { id: handle, name: ada.email, displayName: ada.email },
      pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
      timeout: 300_000,
      excludeCredentials: [],
      authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'preferred' },
      attestation: 'none'
    }
  })
  t.type(challenge, 'string')
  const authenticator = new SoftwareAuthenticator()
  const added = await ada.add(authenticator.create(body.passkey_options, { isBackedUp: true }))
  const today = new Date().toISOString().slice(0, 10)
  const { id, created_at: createdAt, ...passkey } = added.body
  t.equal(added.status, 201)
  t.equal(createdAt.slice(0, 10), today)
  t.strictSame(passkey, {
    name: 'Phone', credential_id: authenticator.id.toString('base64url'), rp_id: RP_ID, backed_up: true, last_used_on: null
  })
  const again = await ada.findCreationOptions()
  t.match(again.excludeCredentials, [
    { type: 'public-key', id: authenticator.id.toString('base64url'), transports: ['hybrid', 'internal'] }
  ])

  t.strictSame(await ada.ask('PATCH', `/account/passkeys/${id}`, { name: 'Büro' }), { status: 204, body: undefined })
  t.match(await database.kysely.selectFrom('passkeys').select(['name', 'user_id']).execute(), [{ name: 'Büro', user_id: ada.id }])
  t.strictSame(await ada.ask('DELETE', `/account/passkeys/${id}`), { status: 204, body: undefined })
  t.match(await ada.ask('DELETE', `/account/passkeys/${id}`), { status: 404 })
  t.match(await ada.ask('PATCH', `/account/passkeys/${id}`, { name: 'x' }), { status: 404 })
  t.strictSame(await listAuditTypes(database), ['login', 'passkey_added', 'sessions_ended', 'passkey_renamed', 'passkey_removed'])
  const mails = await database.kysely.selectFrom('mails').select(['purpose', 'user_id']).execute()
  t.strictSame(mails, [1, 2].map(() => ({ purpose: 'second_factor_changed', user_id: ada.id })), 'a name is told to nobody')
  t.match(await logInWith(app, authenticator.get(await findLoginOptions(app))), { status: 401, body: { code: 'unknown_passkey' } })
})

eachDatabase(t, 'a passkey is registered once, whoever tries', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const eve = await createPerson(app, database, 'eve@example.com')
  const authenticator = await ada.register()
  for (const person of [ada, eve]) {
    const credential = authenticator.create(await person.findCreationOptions())
    t.match(await person.add(credential), { status: 409, body: { code: 'passkey_exists' } })
  }
  const twin = new SoftwareAuthenticator()
  const credential = twin.create(await eve.findCreationOptions())
  const replies = await Promise.all(Array.from({ length: 5 }, () => eve.add(credential)))
  t.strictSame(replies.map(({ status }) => status).sort(), [201, 409, 409, 409, 409])
  t.match(await logInWith(app, twin.get(await findLoginOptions(app))), { status: 200 })
})

eachDatabase(t, 'what was not made for this user, here and now, is refused', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const eve = await createPerson(app, database, 'eve@example.com')
  const login = await findLoginOptions(app)
  const cases: ReadonlyArray<[string, Deviations]> = [
    ['the challenge of another user', { challenge: (await eve.findCreationOptions()).challenge }],
    ['that of a login', { challenge: login.challenge }],
    ['that of a step-up', { challenge: makeChallenge('stepUp', ada.sessionId) }],
    ['one that is too old', { challenge: makeChallenge('registration', ada.id, 606) }],
    ['a forged one', { challenge: randomBytes(46).toString('base64url') }],
    ['another origin', { origin: 'https://evil.example' }],
    ['another RP ID', { rpId: 'evil.example' }],
    ['a page in a frame', { crossOrigin: true }],
    ['no presence of the user', { isUserPresent: false }],
    ['the type of a login', { type: 'webauthn.get' }],
    ['another id', { id: 'AAAA' }],
    ['no CBOR', { attestationObject: Buffer.from('{}') }],
    ['CBOR that ends early', { attestationObject: Buffer.from([0xa3, 0x63, 0x66]) }],
    ['CBOR of a billion members', { attestationObject: Buffer.from([0xbb, 0, 0, 0, 0, 0x3b, 0x9a, 0xca, 0]) }],
    ['CBOR that is deep', { attestationObject: Buffer.alloc(5000, 0x81) }],
    ['CBOR without what is needed', { attestationObject: encodeCbor(new Map([['fmt', 'none']])) }],
    ['data that is none', { attestationObject: encodeCbor(new Map<string, unknown>([['fmt', 'none'], ['authData', 7]])) }],
    ['data that is short', { attestationObject: encodeCbor(new Map<string, unknown>([['fmt', 'none'], ['authData', Buffer.alloc(36)]])) }],
    ['data without a key', { attestationObject: encodeCbor(new Map<string, unknown>([['fmt', 'none'], ['authData', Buffer.alloc(37)]])) }]
  ]
  for (const [name, deviations] of cases) {
    const { status, body } = await ada.add(new SoftwareAuthenticator().create(await ada.findCreationOptions(), deviations))
    t.match({ status, ...body }, { status: 403, code: 'wrong_passkey' }, name)
  }
  for (const body of [
    {}, { name: 'x' }, { name: '', credential: {} }, { name: 'a\nb', credential: {} }, { name: 'x', credential: 'y' },
    { name: 'x'.repeat(65), credential: new SoftwareAuthenticator().create(await ada.findCreationOptions()) },
    { name: 'x', credential: { id: 'AA', type: 'public-key', response: {} }, more: 1 }
  ]) t.match(await ada.ask('POST', '/account/passkeys', body), { status: 400 }, JSON.stringify(body).slice(0, 80))
  t.match(await ada.ask('POST', '/account/passkeys', { name: 'x', credential: { id: 'AA', type: 'public-key', response: {} } }), {
    status: 403
  })
  t.strictSame(await database.kysely.selectFrom('passkeys').select('id').execute(), [])
})

eachDatabase(t, 'who made the authenticator is not asked: its statement is not looked at', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const statement = new Map<string, unknown>([['alg', -7], ['sig', Buffer.alloc(70)], ['x5c', [Buffer.from('no certificate')]]])
  const authenticator = await ada.register(undefined, { attestation: { fmt: 'packed', attStmt: statement } })
  t.match(await logInWith(app, authenticator.get(await findLoginOptions(app))), { status: 200 })
})

eachDatabase(t, 'the first factor ends the other sessions of its user, and a second one does not', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const thief = new Person(app, ada.id, ada.email)
  await thief.logIn()
  await ada.register()
  t.strictSame(await listActiveSessionIds(database, ada.id), [ada.sessionId])
  t.match((await listAuditEvents(database)).filter(({ type }) => type === 'sessions_ended'), [{ details: { count: 1 } }])
  const friend = new Person(app, ada.id, ada.email)
  await friend.logIn()
  await friend.register()
  t.strictSame(await listActiveSessionIds(database, ada.id), [ada.sessionId, friend.sessionId])
})

/** With a token of level 3. */
async function logInAlone (person: Person, authenticator: SoftwareAuthenticator): Promise<void> {
  const { body } = await logInWith(person.app, authenticator.get(await findLoginOptions(person.app)))
  person.token = body.access_token
}

eachDatabase(t, 'the last factor of a user who needs one stays, also if all are removed at once', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const authenticator = await ada.register()
  for (let count = 0; count < 3; count++) await ada.register()
  await requireSecondFactor(database, ada.id)
  const list = async () => (await database.kysely.selectFrom('passkeys').select('id').orderBy('id').execute()).map(({ id }) => id)
  const remove = (id = '') => ada.ask('DELETE', `/account/passkeys/${id}`)
  const ids = await list()
  for (const [method, url] of [
    ['POST', '/account/passkeys/options'], ['PATCH', `/account/passkeys/${ids[0]}`], ['DELETE', `/account/passkeys/${ids[0]}`]
  ] as const) {
    const { status, body } = await ada.ask(method, url, method === 'PATCH' ? { name: 'x' } : undefined)
    t.match({ status, ...body }, { status: 401, code: 'insufficient_user_authentication' }, `${method}: a password alone is too weak`)
  }
  await logInAlone(ada, authenticator)
  const replies = await Promise.all(ids.map(remove))
  t.strictSame(replies.map(({ status }) => status).sort(), [204, 204, 204, 409])
  t.match(replies.find(({ status }) => status === 409), { body: { code: 'last_factor' } })
  const [last] = await list()
  t.equal((await list()).length, 1)

  await database.kysely.insertInto('totp').values({ user_id: ada.id, confirmed_at: new Date() }).execute()
  await database.kysely.insertInto('recovery_codes').values({ user_id: ada.id, digest: randomBytes(32) }).execute()
  t.match(await remove(last), { status: 204 }, 'there is another factor')
  t.equal((await database.kysely.selectFrom('recovery_codes').selectAll().execute()).length, 1, 'the recovery codes stay with it')
})

eachDatabase(t, 'of what is of use nothing is left: a passkey for another RP ID does not count', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  await ada.register()
  await database.kysely.updateTable('passkeys').set({ rp_id: 'old.example.com' }).execute()
  const authenticator = await ada.register()
  await requireSecondFactor(database, ada.id)
  await logInAlone(ada, authenticator)
  const [old, current] = await database.kysely.selectFrom('passkeys').select('id').orderBy('id').execute()
  t.match(await ada.ask('DELETE', `/account/passkeys/${current?.id}`), { status: 409 })
  t.match(await ada.ask('DELETE', `/account/passkeys/${old?.id}`), { status: 204 })
  t.match((await ada.findCreationOptions()).excludeCredentials, [{ id: authenticator.id.toString('base64url') }])
})

eachDatabase(t, 'with the last factor, the recovery codes go: they would be a way back to nothing', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  await ada.register()
  await database.kysely.insertInto('recovery_codes').values({ user_id: ada.id, digest: randomBytes(32) }).execute()
  const { id } = await database.kysely.selectFrom('passkeys').select('id').executeTakeFirstOrThrow()
  t.match(await ada.ask('DELETE', `/account/passkeys/${id}`), { status: 204 })
  t.strictSame(await database.kysely.selectFrom('recovery_codes').selectAll().execute(), [])
})

eachDatabase(t, 'nobody reaches the passkeys of somebody else', async (t, database) => {
  const app = await createApp(t, database)
  const [ada, eve] = [await createPerson(app, database), await createPerson(app, database, 'eve@example.com', 'admin')]
  await ada.register()
  const { id } = await database.kysely.selectFrom('passkeys').select('id').executeTakeFirstOrThrow()
  t.match(await eve.ask('PATCH', `/account/passkeys/${id}`, { name: 'mine' }), { status: 404 })
  t.match(await eve.ask('DELETE', `/account/passkeys/${id}`), { status: 404 })
  t.match(await database.kysely.selectFrom('passkeys').select('name').execute(), [{ name: 'Phone' }])
})

eachDatabase(t, 'who is to have a factor and has none adds a passkey with a token for that alone, once', async (t, database) => {
  const app = await createApp(t, database, { SECOND_FACTOR: 'everybody' })
  const ada = await createPerson(app, database)
  const demand = await ada.logIn()
  t.match(demand, { status: 403, body: { code: 'enrolment_required', access_token: String } })
  const options = await ada.findCreationOptions()
  const authenticator = new SoftwareAuthenticator()
  t.match(await ada.add(authenticator.create(options)), { status: 201 })
  t.match(await database.kysely.selectFrom('users').select('second_factor_since').execute(), [{ second_factor_since: Date }])
  const { id } = await database.kysely.selectFrom('passkeys').select('id').executeTakeFirstOrThrow()
  for (const [url, body] of [
    ['/account/passkeys/options', undefined],
    ['/account/passkeys', { name: 'x', credential: new SoftwareAuthenticator().create(options) }]
  ] as const) t.match(await ada.ask('POST', url, body), { status: 401, body: { code: 'invalid_token' } }, url)
  for (const [method, url, body] of [
    ['PATCH', `/account/passkeys/${id}`, { name: 'x' }],
    ['DELETE', `/account/passkeys/${id}`, undefined],
    ['POST', '/auth/step-up/options', undefined]
  ] as const) {
    t.match(await ada.ask(method, url, body), { status: 403, body: { code: 'insufficient_scope' } }, `${method} ${url}`)
  }
  await logInAlone(ada, authenticator)
  t.match(await ada.ask('DELETE', `/account/passkeys/${id}`), { status: 409, body: { code: 'last_factor' } })
})

eachDatabase(t, 'a passkey that is added while the session ends is not added', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const credential = new SoftwareAuthenticator().create(await ada.findCreationOptions())
  // Ended in the database, so that no verifier has heard of it.
  await database.kysely.updateTable('sessions').set({ ended_at: new Date() }).execute()
  t.match(await ada.add(credential), { status: 401, body: { code: 'invalid_token' } })
  t.match(await ada.ask('POST', '/account/passkeys/options'), { status: 401, body: { code: 'invalid_token' } })
})

eachDatabase(t, 'passkeys for another RP ID are counted in one sentence', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const warnings: object[] = []
  const parts = { database, log: { warn: (details: object) => { warnings.push(details) } } }
  const report = () => reportPasskeys(parts, { rpId: RP_ID, origins: [] })
  await ada.register()
  await report()
  t.strictSame(warnings, [])
  await database.kysely.updateTable('passkeys').set({ rp_id: 'old.example.com' }).execute()
  await report()
  t.match(warnings, [{ event: 'setting_warning', warning: /^1 passkey was made for another domain than auth\.example\.com, / }])
})

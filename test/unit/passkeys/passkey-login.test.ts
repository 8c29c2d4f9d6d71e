// DESIGN-IDENTITY 7.9: each as said, with real signatures.
import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import { SoftwareAuthenticator } from '../../support/authenticator.ts'
import { eachDatabase } from '../../support/database.ts'
import { listAuditEvents, listActiveSessionIds, readSession } from '../../support/rows.ts'
import { decodeClaims } from '../../support/tokens.ts'
import { call, createApp, createPerson, findLoginOptions, logInWith, makeChallenge, RP_ID } from './passkey-person.ts'

const OTHER = 'https://evil.example'

for (const algorithm of ['ES256', 'EdDSA', 'RS256'] as const) {
  eachDatabase(t, `a passkey with ${algorithm} logs in without an e-mail`, async (t, database) => {
    const app = await createApp(t, database)
    const ada = await createPerson(app, database)
    const authenticator = await ada.register(new SoftwareAuthenticator({ algorithm }))
    const options = await findLoginOptions(app)
    t.match(options, { rpId: RP_ID, allowCredentials: [], userVerification: 'required' })
    const { status, body } = await logInWith(app, authenticator.get(options))
    t.equal(status, 200)
    t.match(decodeClaims(body.access_token), { sub: ada.id, acr: 'phr', sid: body.session_id })
    t.match(await readSession(database, body.session_id), { level: 3, methods: ['passkey'], user_id: ada.id })
    t.match(await listAuditEvents(database), [
      { type: 'user_created' }, { type: 'login' }, { type: 'passkey_added' }, { type: 'sessions_ended', details: { count: 0 } },
      { type: 'login', details: { methods: ['passkey'] } }
    ])
    t.match((await call(app, 'POST', '/auth/refresh', { body: { refresh_token: body.refresh_token } })).body, { token_type: 'Bearer' })
  })
}

eachDatabase(t, 'MF7: what is not right is refused, and audited where the passkey is known', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const eve = await createPerson(app, database, 'eve@example.com')
  const [authenticator, ofEve] = [await ada.register(), await eve.register()]
  const stepUp = await ada.ask('POST', '/auth/step-up/options', {})
  const rejected = async () => (await listAuditEvents(database)).filter(({ type }) => type === 'passkey_rejected').length
  const cases: ReadonlyArray<[string, Parameters<SoftwareAuthenticator['get']>[1] & object, isAudited: boolean]> = [
    ['a bogus signature', { signature: Buffer.alloc(70, 1) }, true],
    ['a signature by another passkey', { id: ofEve.id.toString('base64url'), userHandle: null }, true],
    ['no verification of the user', { isUserVerified: false }, true],
    ['no presence of the user', { isUserPresent: false }, true],
    ['another origin', { origin: OTHER }, true],
    ['another RP ID', { rpId: 'evil.example' }, true],
    ['a page in a frame', { crossOrigin: true }, false],
    ['the type of a registration', { type: 'webauthn.create' }, true],
    ['the handle of another user', { userHandle: Buffer.from(eve.id.replaceAll('-', ''), 'hex').toString('base64url') }, true],
    ['an expired challenge', { challenge: makeChallenge('login', uuidv7(), 3606) }, true],
    ['a challenge of the future', { challenge: makeChallenge('login', uuidv7(), -10) }, true],
    ['the challenge of a step-up', { challenge: stepUp.body.passkey_options.challenge }, false],
    ['the challenge of a registration', { challenge: makeChallenge('registration', ada.id) }, false],
    ['a challenge of somebody else', { challenge: Buffer.alloc(46, 7).toString('base64url') }, false],
    ['a challenge with another end', { challenge: (await findLoginOptions(app)).challenge.replace(/.$/, '_') }, false]
  ]
  for (const [name, deviations, isAudited] of cases) {
    const before = await rejected()
    const { status, body } = await logInWith(app, authenticator.get(await findLoginOptions(app), deviations))
    t.match({ status, ...body }, { status: 401, code: 'invalid_passkey' }, name)
    t.equal(await rejected() - before, isAudited ? 1 : 0, name)
  }
  t.strictSame(await listActiveSessionIds(database, ada.id), [ada.sessionId])
  t.equal((await logInWith(app, authenticator.get(await findLoginOptions(app), {
    challenge: makeChallenge('login', uuidv7(), 3590), userHandle: null
  }))).status, 200, 'nearly too old, and an authenticator that does not say whose it is')
})

eachDatabase(t, 'a challenge begins one session, also if many come at once', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const authenticator = await ada.register()
  const credential = authenticator.get(await findLoginOptions(app))
  const replies = await Promise.all(Array.from({ length: 20 }, () => logInWith(app, credential)))
  t.equal(replies.filter(({ status }) => status === 200).length, 1)
  t.equal(replies.filter(({ status, body }) => status === 401 && body.code === 'invalid_passkey').length, 19)
  t.equal((await listActiveSessionIds(database, ada.id)).length, 2)
  const begun = replies.find(({ status }) => status === 200)
  await call(app, 'POST', '/auth/logout', { body: { refresh_token: begun?.body.refresh_token } })
  t.match(await logInWith(app, credential), { status: 401 }, 'not after its session has ended either')
})

eachDatabase(t, 'a passkey that is not here is named for the browser, and a user who is disabled or gone is not let in', async (
  t, database
) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const authenticator = await ada.register()
  const stranger = new SoftwareAuthenticator()
  const unknown = (id: Buffer) => ({
    status: 401, body: { code: 'unknown_passkey', rp_id: RP_ID, credential_id: id.toString('base64url') }
  })
  t.match(await logInWith(app, stranger.get(await findLoginOptions(app))), unknown(stranger.id))
  await database.kysely.updateTable('users').set({ disabled_at: new Date() }).where('id', '=', ada.id).execute()
  t.match(await logInWith(app, authenticator.get(await findLoginOptions(app))), { status: 401, body: { code: 'invalid_passkey' } })
  await database.kysely.updateTable('users').set({ disabled_at: null }).where('id', '=', ada.id).execute()
  await database.kysely.updateTable('passkeys').set({ rp_id: 'old.example.com' }).execute()
  t.match(await logInWith(app, authenticator.get(await findLoginOptions(app))), unknown(authenticator.id), 'made for another RP ID')
  await database.kysely.updateTable('passkeys').set({ rp_id: RP_ID }).execute()
  await database.kysely.deleteFrom('users').where('id', '=', ada.id).execute()
  t.match(await logInWith(app, authenticator.get(await findLoginOptions(app))), unknown(authenticator.id), 'gone with its user')
})

eachDatabase(t, 'a counter that does not rise is accepted, audited and told', async (t, database) => {
  const app = await createApp(t, database, { SMTP_URL: 'smtp://127.0.0.1:2525', MAIL_FROM: 'accounts@example.com' })
  const ada = await createPerson(app, database)
  const authenticator = await ada.register(new SoftwareAuthenticator({ counter: 7 }))
  const readState = async () => ({
    ...await database.kysely.selectFrom('passkeys').select(['counter', 'backed_up']).executeTakeFirstOrThrow(),
    audited: (await listAuditEvents(database)).filter(({ type }) => type === 'passkey_counter').length,
    told: (await database.kysely.selectFrom('mails').select('id').where('purpose', '=', 'passkey_copied').execute()).length
  })
  for (const [counter, expected] of [
    [8, { counter: '8', audited: 0, told: 0 }],
    [8, { counter: '8', audited: 1, told: 1 }],
    [3, { counter: '8', audited: 2, told: 2 }],
    [0, { counter: '8', audited: 3, told: 3 }],
    [20, { counter: '20', audited: 3, told: 3 }]
  ] as const) {
    t.match(await logInWith(app, authenticator.get(await findLoginOptions(app), { counter, isBackedUp: true })), { status: 200 })
    const { counter: stored, ...state } = await readState()
    t.strictSame({ ...state, counter: String(stored) }, { backed_up: true, ...expected }, `counter ${counter}`)
  }
})

eachDatabase(t, 'an authenticator that counts nothing is no copy', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const authenticator = await ada.register()
  for (let count = 0; count < 2; count++) t.match(await logInWith(app, authenticator.get(await findLoginOptions(app))), { status: 200 })
  t.strictSame((await listAuditEvents(database)).filter(({ type }) => type === 'passkey_counter'), [])
})

eachDatabase(t, 'an Android app that is listed logs in, another does not', async (t, database) => {
  const listed = `android:apk-key-hash:${'A'.repeat(43)}`
  const app = await createApp(t, database, { PASSKEY_RP_ID: 'example.com', PASSKEY_ORIGINS: `https://auth.example.com,${listed}` })
  const ada = await createPerson(app, database)
  const authenticator = await ada.register()
  const attempt = async (origin: string) => logInWith(app, authenticator.get(await findLoginOptions(app), { origin }))
  t.match(await attempt(listed), { status: 200 })
  t.match(await attempt(listed.replace('A', 'B')), { status: 401 })
  t.strictSame(await call(app, 'GET', '/.well-known/webauthn'), { status: 200, body: { origins: ['https://auth.example.com'] } })
})

eachDatabase(t, 'it asks for the audience and the cookie as a login does, before anything is used up', async (t, database) => {
  const app = await createApp(t, database, { AUDIENCES: 'api,reports' })
  const ada = await createPerson(app, database)
  const authenticator = await ada.register()
  const credential = authenticator.get(await findLoginOptions(app))
  const attempt = (body: object) => call(app, 'POST', '/auth/passkeys/login', { body: { credential, ...body } })
  t.match(await attempt({ audience: 'nobody' }), { status: 400, body: { code: 'invalid_target' } })
  t.match(await attempt({ delivery: 'cookie' }), { status: 403, body: { code: 'cross_site' } })
  const { body } = await attempt({ audience: 'reports' })
  t.equal(decodeClaims(body.access_token).aud, 'reports')
})

eachDatabase(t, 'what is malformed is refused, and never an error of ours', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const authenticator = await ada.register()
  const good = authenticator.get(await findLoginOptions(app))
  const withResponse = (changes: object) => ({ ...good, response: { ...good.response, ...changes } })
  const clientData = (text: string) => withResponse({ clientDataJSON: Buffer.from(text).toString('base64url') })
  for (const credential of [
    undefined, null, [], 'x', {}, { ...good, response: undefined }, { ...good, type: 'password' }, { ...good, id: '' }, { ...good, id: 7 },
    { ...good, id: 'not base64!' }, { ...good, id: `${good.id}=` }, { ...good, response: [] },
    clientData('{'), clientData('null'), clientData('[]'), clientData('{"challenge":1}'), clientData('{"challenge":"__proto__"}'),
    withResponse({ clientDataJSON: 1 }),
    withResponse({ clientDataJSON: '' }), withResponse({ authenticatorData: '' }), withResponse({ authenticatorData: 'AAAA' }),
    withResponse({ authenticatorData: '****' }), withResponse({ authenticatorData: {} }), withResponse({ signature: '' }),
    withResponse({ signature: 'MAA' }), withResponse({ signature: ['x'] }), withResponse({ userHandle: 7 }),
    withResponse({ userHandle: '*' })
  ]) {
    const { status } = await logInWith(app, credential)
    t.ok([400, 401].includes(status), `${status} ${JSON.stringify(credential)?.slice(0, 300)}`)
  }
  t.match(await logInWith(app, good), { status: 200 }, 'none of them has used up anything')
})

eachDatabase(t, 'options need no database, and are limited for each address', async (t, database) => {
  const app = await createApp(t, database, { LOGIN_RATE_PER_MINUTE: '10' })
  const ask = (ip: string, body?: object) => call(app, 'POST', '/auth/passkeys/options', { ip, body })
  const challenges = new Set<string>()
  let reply = await ask('192.0.2.1')
  while (reply.status === 200 && challenges.size < 1000) {
    challenges.add(reply.body.passkey_options.challenge)
    reply = await ask('192.0.2.1')
  }
  t.match(reply, { status: 429, body: { code: 'too_many_attempts' } })
  t.ok(challenges.size >= 300, 'each is another one')
  t.match(await ask('192.0.2.2', {}), { status: 200 })
  t.match(await ask('192.0.2.2', { email: 'ada@example.com' }), { status: 400 })
})

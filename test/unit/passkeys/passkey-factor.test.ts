// A passkey as the second factor of a login, and as the proof of a step-up.
import t from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { SoftwareAuthenticator } from '../../support/authenticator.ts'
import { eachDatabase } from '../../support/database.ts'
import { PASSWORD } from '../../support/password.ts'
import { listAuditTypes, readSession } from '../../support/rows.ts'
import { decodeClaims } from '../../support/tokens.ts'
import {
  call, createApp, createPerson, findLoginOptions, logInWith, makeChallenge, requireSecondFactor, RP_ID, type Person
} from './passkey-person.ts'

const giveFactor = (person: Person, body: object) => call(person.app, 'POST', '/auth/login/second-factor', { body })
const askStepUp = async (person: Person) => (await person.ask('POST', '/auth/step-up/options', {})).body.passkey_options
const stepUp = (person: Person, body: object) => person.ask('POST', '/auth/step-up', body)

async function countRejected (database: Database): Promise<number> {
  return (await listAuditTypes(database)).filter((type) => type === 'second_factor_rejected').length
}

eachDatabase(t, 'a passkey is the second factor of a login: level 2, and 3 where it verifies the user', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const authenticator = await ada.register()
  t.match(await ada.logIn(), { status: 200 }, 'adding one does not make it mandatory')
  await requireSecondFactor(database, ada.id)
  for (const [isUserVerified, level, acr] of [[false, 2, 'aal2'], [true, 3, 'phr']] as const) {
    const { status, body: demand } = await ada.logIn()
    t.match({ status, ...demand }, { status: 401, code: 'second_factor_required', methods: ['passkey'], expires_in: 300 })
    const { challenge, passkey_options: options } = demand
    t.match(options, {
      challenge,
      rpId: RP_ID,
      userVerification: 'preferred',
      allowCredentials: [{ type: 'public-key', id: authenticator.id.toString('base64url'), transports: ['hybrid', 'internal'] }]
    })
    const passkey = authenticator.get(options, { isUserVerified })
    const { status: given, body } = await giveFactor(ada, { challenge, passkey })
    t.equal(given, 200)
    t.match(decodeClaims(body.access_token), { acr, sub: ada.id })
    t.match(await readSession(database, body.session_id), { level, methods: ['password', 'passkey'] })
    t.match(await giveFactor(ada, { challenge, passkey }), { status: 401, body: { code: 'invalid_challenge' } }, 'once')
  }
})

eachDatabase(t, 'as a second factor, what is not right is refused, and the challenge may be tried again', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const eve = await createPerson(app, database, 'eve@example.com')
  const [authenticator, ofEve] = [await ada.register(), await eve.register()]
  await requireSecondFactor(database, ada.id)
  const other = await ada.logIn()
  const { body: { challenge, passkey_options: options } } = await ada.logIn()
  const cases: ReadonlyArray<[string, object]> = [
    ['a bogus signature', authenticator.get(options, { signature: Buffer.alloc(70, 1) })],
    ['no presence', authenticator.get(options, { isUserPresent: false })],
    ['another origin', authenticator.get(options, { origin: 'https://evil.example' })],
    ['another RP ID', authenticator.get(options, { rpId: 'evil.example' })],
    ['the passkey of another user', ofEve.get(options)],
    ['the passkey of another user, who says that it is this one', ofEve.get(options, { userHandle: null })],
    ['the challenge of another login', authenticator.get(other.body.passkey_options)],
    ['the challenge of a login with a passkey', authenticator.get(await findLoginOptions(app))],
    ['one that is not here', new SoftwareAuthenticator().get(options)],
    ['nothing of use', { id: 'AA', type: 'public-key', response: {} }]
  ]
  for (const [name, passkey] of cases) {
    t.match(await giveFactor(ada, { challenge, passkey }), { status: 401, body: { code: 'invalid_second_factor' } }, name)
  }
  t.equal(await countRejected(database), cases.length)
  t.match(await logInWith(app, authenticator.get(options)), { status: 401, body: { code: 'invalid_passkey' } }, 'it begins no login alone')
  t.match(await giveFactor(ada, { challenge, passkey: authenticator.get(options) }), { status: 200 })
})

eachDatabase(t, 'a passkey that verifies its user steps up alone, another with the password', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  t.match(await ada.ask('POST', '/auth/step-up/options', {}), { status: 404 }, 'there is none yet')
  const authenticator = await ada.register()
  const options = await askStepUp(ada)
  t.match(options, { userVerification: 'preferred', allowCredentials: [{ id: authenticator.id.toString('base64url') }] })
  const alone = await stepUp(ada, { passkey: authenticator.get(options) })
  t.match(alone, { status: 200, body: { acr: 'phr' } })
  t.match(decodeClaims(alone.body.access_token), { sid: ada.sessionId, acr: 'phr' })

  const unverified = async () => authenticator.get(await askStepUp(ada), { isUserVerified: false })
  t.match(await stepUp(ada, { passkey: await unverified() }), { status: 403, body: { code: 'wrong_passkey' } })
  t.match(await stepUp(ada, { passkey: await unverified(), password: 'not it' }), { status: 403, body: { code: 'wrong_password' } })
  t.match(await stepUp(ada, { passkey: await unverified(), password: PASSWORD }), { status: 200, body: { acr: 'aal2' } })
  t.match(await readSession(database, ada.sessionId), { level: 1, methods: ['password'] }, 'the session is as it was')
})

eachDatabase(t, 'the challenge of a step-up is good once, for one session, for five minutes', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const authenticator = await ada.register()
  const [older, newer] = [await askStepUp(ada), await askStepUp(ada)]
  const passkey = authenticator.get(newer)
  const replies = await Promise.all(Array.from({ length: 10 }, () => stepUp(ada, { passkey })))
  t.equal(replies.filter(({ status }) => status === 200).length, 1)
  t.equal(replies.filter(({ status, body }) => status === 403 && body.code === 'wrong_passkey').length, 9)
  t.match(await stepUp(ada, { passkey: authenticator.get(older) }), { status: 403 }, 'nor is one that was made before it')

  const ofOld = authenticator.get(await askStepUp(ada))
  const { sessionId } = ada
  await ada.logIn()
  const before = await countRejected(database)
  const cases: ReadonlyArray<[string, object]> = [
    ['that of another session', ofOld],
    ['one that is too old', authenticator.get({ ...newer, challenge: makeChallenge('stepUp', ada.sessionId, 306) })],
    ['that of a login', authenticator.get(await findLoginOptions(app))],
    ['that of a registration', authenticator.get({ ...newer, challenge: makeChallenge('registration', ada.id) })],
    ['one for the user instead of the session', authenticator.get({ ...newer, challenge: makeChallenge('stepUp', ada.id) })],
    ['a bogus signature', authenticator.get(await askStepUp(ada), { signature: Buffer.alloc(70) })],
    ['no presence', authenticator.get(await askStepUp(ada), { isUserPresent: false })]
  ]
  for (const [name, passkey] of cases) {
    t.match(await stepUp(ada, { passkey }), { status: 403, body: { code: 'wrong_passkey' } }, name)
  }
  t.equal(await countRejected(database) - before, cases.length)
  t.not(sessionId, ada.sessionId)
  t.match(await stepUp(ada, { passkey: authenticator.get(await askStepUp(ada)) }), { status: 200 })
})

eachDatabase(t, 'a passkey of somebody else, or one that was removed, steps nobody up', async (t, database) => {
  const app = await createApp(t, database)
  const ada = await createPerson(app, database)
  const eve = await createPerson(app, database, 'eve@example.com')
  const [authenticator, ofEve] = [await ada.register(), await eve.register()]
  t.match(await stepUp(ada, { passkey: ofEve.get(await askStepUp(ada), { userHandle: null }) }), { status: 403 })
  const passkey = authenticator.get(await askStepUp(ada))
  await database.kysely.deleteFrom('passkeys').where('user_id', '=', ada.id).execute()
  t.match(await stepUp(ada, { passkey }), { status: 403, body: { code: 'wrong_passkey' } })
  t.match(await ada.ask('POST', '/auth/step-up/options', {}), { status: 404 })
})

// The client's accounts by mail, at the service, over a socket and a real database.
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { createClient, StepUpNeededError, type Client } from '../../../client/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { createTestService } from '../../../src/testing.ts'
import { eachDatabase } from '../../support/database.ts'
import { deliver, toToken, WITH_MAIL } from '../../support/mails.ts'
import { PASSWORD } from '../../support/password.ts'
import { createService } from '../../support/service.ts'
import { until } from '../../support/until.ts'
import { createUser } from '../../support/users.ts'
import { toTokenStorage } from './fake-browser.ts'

const EMAIL = 'ada@example.com'
const NEW_PASSWORD = 'another horse, another staple'

/** @returns opens a client of the service; with the storage of another one, it goes on with its session */
async function listen (
  t: Test, database: Database, settings: Record<string, string> = WITH_MAIL
): Promise<(items?: Map<string, string>) => Client> {
  const { app } = await createService(t, database, { settings })
  await app.listen({ port: 0 })
  const baseUrl = `http://localhost:${(app.server.address() as AddressInfo).port}`
  return (items = new Map()) => {
    const client = createClient({ baseUrl, delivery: 'body', storage: toTokenStorage(items), channel: null })
    t.teardown(() => client.close())
    return client
  }
}

/** As if the user of every session had logged in so many seconds earlier. */
async function ageProofs (database: Database, seconds: number): Promise<void> {
  await database.kysely.updateTable('sessions').set({ authenticated_at: new Date(Date.now() - seconds * 1000) }).execute()
}

/** @returns the code of the only mail */
async function readCode (database: Database): Promise<string> {
  const [mail, ...others] = await deliver(database)
  if (mail?.code === undefined || others.length > 0) throw new Error('there is not one mail with a code')
  return mail.code
}

eachDatabase(t, 'PW21: an account is there once its mailbox is proved, by the code or the link of a mail', async (t, database) => {
  const open = await listen(t, database)
  const client = open()
  const { registration, expiresInSeconds } = await client.register(EMAIL)
  t.equal(expiresInSeconds, 600)
  t.strictSame(await database.kysely.selectFrom('users').select('email').execute(), [])
  const code = await readCode(database)
  await t.rejects(client.completeRegistration({ registration, code, password: 'password' }), { status: 422, code: 'weak_password' })
  const user = await client.completeRegistration({ registration, code, password: PASSWORD })
  t.match(user, { email: EMAIL, role: 'user' })
  t.equal(client.currentUser(), undefined)
  t.equal((await client.login(EMAIL, PASSWORD)).id, user.id)
  await t.rejects(client.completeRegistration({ registration, code, password: PASSWORD }), { status: 401, code: 'invalid_proof' })

  await open().register('bob@example.com')
  const token = toToken(await deliver(database))
  t.match(await open().completeRegistration({ token, password: PASSWORD }), { email: 'bob@example.com' })

  t.match(await open().register(EMAIL), { expiresInSeconds: 600 }, 'who has an account is not told')
  t.match(await deliver(database), [{ template: 'account_exists', link: undefined, code: undefined }])
  t.match(await client.ask('GET', '/account'), { email: EMAIL })
})

eachDatabase(t, 'PW16: a link for a new password works once, and ends every session', async (t, database) => {
  await createUser(database, EMAIL)
  const open = await listen(t, database)
  const [client, stranger] = [open(), open()]
  await client.login(EMAIL, PASSWORD)
  t.equal(await stranger.requestPasswordReset('nobody@example.com'), undefined)
  t.strictSame(await deliver(database), [])
  await stranger.requestPasswordReset(EMAIL)
  const token = toToken(await deliver(database))
  await t.rejects(stranger.resetPassword({ token, newPassword: 'password' }), { status: 422, code: 'weak_password' })
  t.equal(await stranger.resetPassword({ token, newPassword: NEW_PASSWORD }), undefined)
  t.equal(stranger.currentUser(), undefined)
  await t.rejects(stranger.resetPassword({ token, newPassword: PASSWORD }), { status: 401, code: 'invalid_proof' })
  await until(() => client.ask('GET', '/account').then(() => false, ({ code }) => code === 'invalid_token'))
  t.equal(client.currentUser(), undefined)
  await t.rejects(client.login(EMAIL, PASSWORD), { code: 'invalid_credentials' })
  t.match(await client.login(EMAIL, NEW_PASSWORD), { role: 'user' })
})

eachDatabase(t, 'PW20: a code works once, with the handle of its request, and not after five wrong ones', async (t, database) => {
  await createUser(database, EMAIL)
  const open = await listen(t, database)
  const client = open()
  await client.login(EMAIL, PASSWORD)
  const [first, second] = [await client.requestEmailVerification(), await client.requestEmailVerification()]
  const mails = await deliver(database)
  const [code = '', other = ''] = mails.map(({ code }) => code)
  await t.rejects(client.confirmEmailVerification({ handle: first.handle, code: other }), { status: 403, code: 'wrong_code' })
  t.equal(await client.confirmEmailVerification({ handle: first.handle, code }), undefined)
  t.match(await client.ask('GET', '/account'), { email_verified_at: String })
  for (const handle of [first.handle, second.handle]) {
    await t.rejects(client.confirmEmailVerification({ handle, code }), { status: 403, code: 'wrong_code' })
  }

  const { handle } = await client.changeEmail('ada@example.org')
  const right = await readCode(database)
  for (let tries = 0; tries < 5; tries++) {
    await t.rejects(client.confirmEmail({ handle, code: right === '00000000' ? '1' : '00000000' }), { code: 'wrong_code' })
  }
  await t.rejects(client.confirmEmail({ handle, code: right }), { status: 403, code: 'wrong_code' })
  t.match(await client.ask('GET', '/account'), { email: EMAIL })
})

eachDatabase(t, 'RS16: a change of the address, and the end of the account, need a recent proof', async (t, database) => {
  await createUser(database, EMAIL)
  const open = await listen(t, database)
  const items = new Map<string, string>()
  await open(items).login(EMAIL, PASSWORD)
  await ageProofs(database, 1000)
  const client = open(items)
  await client.restore()
  const other = open()
  for (const request of [
    () => client.changeEmail('ada@example.org'), () => client.confirmEmail({ handle: 'handle', code: '12345678' }), client.deleteAccount
  ]) {
    const error = await request().catch((error: unknown) => error)
    t.ok(error instanceof StepUpNeededError)
    t.match(error, { maxAge: 300 })
  }
  await client.stepUp({ password: PASSWORD })
  const { handle } = await client.changeEmail('ada@example.org')
  t.equal(await client.confirmEmail({ handle, code: await readCode(database) }), undefined)
  t.match(await client.ask('GET', '/account'), { email: 'ada@example.org', email_verified_at: String })
  t.match(await deliver(database), [{ to: EMAIL, template: 'email_changed' }], 'the old address is told')
  await other.login('ada@example.org', PASSWORD)

  t.equal(await client.deleteAccount(), undefined)
  t.equal(client.currentUser(), undefined)
  t.equal(items.size, 0)
  // The edge hears of it in milliseconds; until then the account is not found.
  await until(() => other.ask('GET', '/account').then(() => false, ({ code }) => code === 'invalid_token'))
  await t.rejects(client.login('ada@example.org', PASSWORD), { code: 'invalid_credentials' })
  t.strictSame(await database.kysely.selectFrom('users').select('email').execute(), [])
})

eachDatabase(t, 'without mail the service says so, and an account is deleted all the same', async (t, database) => {
  await createUser(database, EMAIL)
  await createUser(database, 'root@example.com', 'admin')
  const open = await listen(t, database, {})
  const client = open()
  await t.rejects(client.requestPasswordReset(EMAIL), { status: 403, code: 'mail_disabled' })
  await client.login(EMAIL, PASSWORD)
  await t.rejects(client.changeEmail('ada@example.org'), { status: 403, code: 'mail_disabled' })
  t.equal(await client.deleteAccount(), undefined)
  await client.login('root@example.com', PASSWORD)
  await t.rejects(client.deleteAccount(), { status: 409, code: 'last_admin' })
  t.match(await client.ask('GET', '/account'), { email: 'root@example.com' })
})

t.test('F33: while the mail provider cannot be reached, requests are answered, and their mails wait', async (t) => {
  const settings = { ...WITH_MAIL, SMTP_URL: 'smtp://127.0.0.1:1', DEFAULT_ROLE: 'user', LOG_LEVEL: 'fatal' }
  const { app, createUser, close } = await createTestService({}, settings)
  t.teardown(close)
  const { headers } = await createUser('admin')
  for (const [url, status] of [['/auth/register', 202], ['/auth/password-reset', 202]] as const) {
    t.equal((await app.inject({ method: 'POST', url, body: { email: EMAIL } })).statusCode, status)
  }
  let mails: unknown = []
  await until(async () => {
    mails = (await app.inject({ url: '/admin/mails?state=due', headers })).json().mails
    return JSON.stringify(mails).includes('ECONNREFUSED')
  })
  t.match(mails, [{ purpose: 'registration', address: EMAIL, last_error: 'CONN ECONNREFUSED', ended_at: null }], 'nobody is there to reset')
  t.equal((await app.inject({ url: '/me', headers })).statusCode, 200)
})

// What each mail says, and to whom.
import { randomUUID } from 'node:crypto'
import t from 'tap'
import { parseEmail, PROOF_PURPOSES } from '../../../src/accounts/index.ts'
import type { Database } from '../../../src/database/index.ts'
import { createOutbox, type MailPurpose } from '../../../src/mail/index.ts'
import { createMailResolver, createProofSecrets } from '../../../src/proofs/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { deliver, leaseMails } from '../../support/mails.ts'
import { SECRET_KEYS } from '../../support/service.ts'
import { createUser } from '../../support/users.ts'

const ISSUER = 'https://auth.example.com'
const secrets = createProofSecrets({ secretKeys: [Buffer.from(SECRET_KEYS, 'base64')], issuer: ISSUER })
const outbox = createOutbox({ isEnabled: true })
const TYPED = 'ADA@example.com'

interface Mail {
  purpose: MailPurpose
  address?: string
  userId?: string
}

async function addMail ({ kysely }: Database, { purpose, address, userId }: Mail): Promise<string> {
  return outbox.enqueue(kysely, {
    purpose, ...(address !== undefined && { address: parseEmail(address) }), ...(userId !== undefined && { userId })
  })
}

async function addUser (database: Database, email: string, { isProved = false, isDisabled = false } = {}): Promise<string> {
  const id = await createUser(database, email)
  const [verified, disabled] = [isProved ? new Date() : null, isDisabled ? new Date() : null]
  await database.kysely.updateTable('users').set({ email_verified_at: verified, disabled_at: disabled }).where('id', '=', id).execute()
  return id
}

const readProofs = ({ kysely }: Database) => kysely.selectFrom('mail_proofs')
  .select(['id', 'purpose', 'user_id', 'email', 'normalized_email', 'tries']).orderBy('id').execute()
const countMails = async ({ kysely }: Database) => (await kysely.selectFrom('mails').select('id').execute()).length

eachDatabase(t, 'a stranger who registers gets a link and a code, at the address that they typed', async (t, database) => {
  const id = await addMail(database, { purpose: 'registration', address: TYPED })
  const proof = { id, purpose: 'registration' } as const
  t.strictSame(await deliver(database), [{
    to: TYPED, template: 'registration', link: `${ISSUER}/auth/pages/register#token=${secrets.toToken(proof)}`, code: secrets.toCode(proof)
  }])
  t.strictSame(await readProofs(database), [{ ...proof, user_id: null, email: TYPED, normalized_email: 'ada@example.com', tries: 0 }])
})

eachDatabase(t, 'who has an account is asked for a proof only if nobody has proved to read the mailbox', async (t, database) => {
  await addUser(database, 'ada@example.com')
  await addUser(database, 'bob@example.com', { isProved: true })
  await addUser(database, 'eve@example.com', { isDisabled: true })
  await addUser(database, 'sue@example.com', { isDisabled: true, isProved: true })
  const ids = []
  for (const name of ['ADA', 'BOB', 'EVE', 'SUE']) {
    ids.push(await addMail(database, { purpose: 'registration', address: `${name}@example.com` }))
  }
  const [registration, exists, ...none] = await deliver(database)
  t.match(registration, { to: 'ada@example.com', template: 'registration', link: /^https.*#token=/, code: /^\d{8}$/ }, 'as it is stored')
  t.strictSame(exists, { to: 'bob@example.com', template: 'account_exists' })
  t.strictSame(none, [])
  t.match(await readProofs(database), [{ id: ids[0], user_id: null, email: 'ada@example.com' }])
  t.equal(await countMails(database), 2, 'those that nobody gets are deleted')
})

eachDatabase(t, 'while registration is closed, no mail asks anybody to register', async (t, database) => {
  await addMail(database, { purpose: 'registration', address: TYPED })
  t.strictSame(await deliver(database, { registration: 'closed' }), [])
  t.strictSame([await readProofs(database), await countMails(database)], [[], 0])
})

eachDatabase(t, 'a reset goes to the stored address of whoever has the typed one, or to nobody', async (t, database) => {
  const [ada] = [await addUser(database, 'ada@example.com'), await addUser(database, 'eve@example.com', { isDisabled: true })]
  const id = await addMail(database, { purpose: 'password_reset', address: TYPED })
  for (const name of ['eve', 'nobody']) await addMail(database, { purpose: 'password_reset', address: `${name}@example.com` })
  const token = secrets.toToken({ id, purpose: 'password_reset' })
  const link = `${ISSUER}/auth/pages/reset#token=${token}`
  t.strictSame(await deliver(database), [{ to: 'ada@example.com', template: 'password_reset', link }])
  t.match(await readProofs(database), [{ id, purpose: 'password_reset', user_id: ada, email: 'ada@example.com' }])
  t.equal(await countMails(database), 1)
})

eachDatabase(t, 'an admin has a reset and an invitation sent by the id of the user', async (t, database) => {
  const userId = await addUser(database, 'Ada@example.com', { isProved: true })
  const disabled = await addUser(database, 'eve@example.com', { isDisabled: true })
  const purposes = ['password_reset', 'invitation'] as const
  for (const purpose of purposes) {
    for (const id of [userId, disabled, randomUUID()]) await addMail(database, { purpose, userId: id })
  }
  const mails = await deliver(database)
  t.match(mails, [
    { to: 'Ada@example.com', template: 'password_reset', link: /^https:\/\/auth\.example\.com\/auth\/pages\/reset#token=[\w-]{50}$/ },
    { to: 'Ada@example.com', template: 'invitation', link: /^https:\/\/auth\.example\.com\/auth\/pages\/invite#token=[\w-]{50}$/ }
  ])
  t.strictSame(mails.map(({ code }) => code), [undefined, undefined])
  t.match(await readProofs(database), purposes.map((purpose) => ({ purpose, user_id: userId, normalized_email: 'ada@example.com' })))
})

eachDatabase(t, 'a verification goes to the address that the user has now', async (t, database) => {
  const userId = await addUser(database, 'ada@example.com')
  const id = await addMail(database, { purpose: 'email_verification', userId })
  await database.kysely.updateTable('users').set({ email: 'bob@example.com', normalized_email: 'bob@example.com' }).execute()
  const code = secrets.toCode({ id, purpose: 'email_verification' })
  t.strictSame(await deliver(database), [{ to: 'bob@example.com', template: 'email_verification', code }])
  t.match(await readProofs(database), [{ id, user_id: userId, email: 'bob@example.com' }])
})

eachDatabase(t, 'a change of e-mail asks the new address, and tells whoever has it already', async (t, database) => {
  const userId = await addUser(database, 'ada@example.com')
  await addUser(database, 'bob@example.com')
  await addUser(database, 'eve@example.com', { isDisabled: true })
  const disabled = await addUser(database, 'sue@example.com', { isDisabled: true })
  const id = await addMail(database, { purpose: 'email_change', address: 'New@example.com', userId })
  const again = await addMail(database, { purpose: 'email_change', address: TYPED, userId })
  for (const name of ['BOB', 'EVE']) await addMail(database, { purpose: 'email_change', address: `${name}@example.com`, userId })
  for (const other of [disabled, randomUUID()]) {
    await addMail(database, { purpose: 'email_change', address: 'x@example.com', userId: other })
  }
  t.strictSame(await deliver(database), [
    { to: 'New@example.com', template: 'email_change', code: secrets.toCode({ id, purpose: 'email_change' }) },
    { to: TYPED, template: 'email_change', code: secrets.toCode({ id: again, purpose: 'email_change' }) },
    { to: 'bob@example.com', template: 'account_exists' }
  ])
  t.match(await readProofs(database), [
    { id, user_id: userId, email: 'New@example.com' }, { id: again, user_id: userId, normalized_email: 'ada@example.com' }
  ])
})

eachDatabase(t, 'a notice goes to the user, also a disabled one, or to the address that it names, even if the user is gone', async (
  t, database
) => {
  const userId = await addUser(database, 'Ada@example.com', { isDisabled: true })
  for (const purpose of ['password_changed', 'refresh_reuse'] as const) {
    await addMail(database, { purpose, userId })
    await addMail(database, { purpose, userId: randomUUID() })
  }
  await addMail(database, { purpose: 'email_changed', userId: randomUUID(), address: 'Old@example.com' })
  t.strictSame(await deliver(database), [
    { to: 'Ada@example.com', template: 'password_changed' },
    { to: 'Ada@example.com', template: 'refresh_reuse' },
    { to: 'Old@example.com', template: 'email_changed' }
  ])
  t.strictSame(await readProofs(database), [])
})

eachDatabase(t, 'with LINK_URL links lead to a page of the team, which learns what they are for', async (t, database) => {
  const userId = await addUser(database, 'ada@example.com')
  const ids = []
  for (const purpose of ['password_reset', 'invitation'] as const) ids.push(await addMail(database, { purpose, userId }))
  ids.push(await addMail(database, { purpose: 'registration', address: 'bob@example.com' }))
  const mails = await deliver(database, { linkUrl: 'https://app.example.com/account' })
  t.strictSame(mails.map(({ link }) => link?.replace(/[\w-]{50}$/, 'TOKEN')), ['reset', 'invite', 'register'].map((purpose) =>
    `https://app.example.com/account?purpose=${purpose}#token=TOKEN`))
  t.strictSame(mails.map(({ link }) => secrets.parseToken(link?.slice(-50) ?? '', PROOF_PURPOSES)?.id), ids)
})

eachDatabase(t, 'a mail that another instance sends, or that was closed, says nothing', async (t, database) => {
  const resolve = createMailResolver({
    database, secretKeys: [Buffer.from(SECRET_KEYS, 'base64')], issuer: ISSUER, linkUrl: undefined, registration: 'open'
  })
  await addMail(database, { purpose: 'registration', address: TYPED })
  const [first] = await leaseMails(database)
  const [second] = await leaseMails(database)
  if (first === undefined || second === undefined) throw new Error('there is no mail')
  t.equal(await resolve(first), undefined)
  t.match(await resolve(second), { to: TYPED })
  await database.kysely.updateTable('mails').set({ state: 'closed' }).execute()
  await database.kysely.deleteFrom('mail_proofs').execute()
  t.equal(await resolve(second), undefined)
  t.strictSame(await readProofs(database), [])
  await t.rejects(resolve({ ...second, purpose: 'second_factor' }), { message: /purpose second_factor/ })
  await t.rejects(resolve({ ...second, purpose: 'constructor' }), { message: /purpose constructor/ })
})

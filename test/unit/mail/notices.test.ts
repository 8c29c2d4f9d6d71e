import { randomUUID } from 'node:crypto'
import t from 'tap'
import { parseEmail } from '../../../src/accounts/index.ts'
import { createResolver } from '../../../src/mail/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { createUser } from '../../support/users.ts'

eachDatabase(t, 'a notice goes to the address that the user has when it is sent, or to one that the user had', async (t, database) => {
  const userId = await createUser(database, 'Ada@example.com')
  const resolve = createResolver(database.kysely, async () => ({ to: 'proofs', template: 'registration' }))
  const mail = { id: randomUUID(), attempts: 1, createdAt: new Date(), address: undefined, userId }
  for (const purpose of ['password_changed', 'refresh_reuse'] as const) {
    t.strictSame(await resolve({ ...mail, purpose }), { to: 'Ada@example.com', template: purpose })
  }
  t.strictSame(
    await resolve({ ...mail, purpose: 'email_changed', address: parseEmail('old@example.com') }),
    { to: 'old@example.com', template: 'email_changed' }
  )
  t.equal(await resolve({ ...mail, purpose: 'email_changed', address: parseEmail('old@example.com'), userId: randomUUID() }), undefined)
  t.equal(await resolve({ ...mail, purpose: 'password_changed', userId: undefined }), undefined)
  t.match(await resolve({ ...mail, purpose: 'invitation' }), { to: 'proofs' }, 'others are left to those who open proofs')
})

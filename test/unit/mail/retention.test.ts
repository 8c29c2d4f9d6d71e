import { sql } from 'kysely'
import t from 'tap'
import { deleteOldMails } from '../../../src/mail/index.ts'
import { eachDatabase } from '../../support/database.ts'
import { addMail } from '../../support/sender.ts'

eachDatabase(t, 'addresses go a week after the end of a mail, the mail after a month, and proofs at their end', async (t, database) => {
  const set = async (name: string, assignments: string) => {
    const id = await addMail(database, `${name}@example.com`)
    await sql`update mails set ${sql.raw(assignments)} where id = ${id}`.execute(database.kysely)
    return id
  }
  await set('due', "created_at = now() - interval '40 days'")
  await set('sent6', "state = 'sent', ended_at = now() - interval '6 days 23 hours'")
  await set('sent8', "state = 'sent', ended_at = now() - interval '7 days 1 hour'")
  await set('failed29', "state = 'failed', ended_at = now() - interval '29 days 23 hours'")
  await set('failed31', "state = 'failed', ended_at = now() - interval '30 days 1 hour'")
  await set('unsent', "expires_at = now() - interval '2 hours', due_at = now() - interval '1 day'")
  await set('leased', "expires_at = now() - interval '2 hours', due_at = now() + interval '30 seconds'")
  const proofs = [['valid', '1 hour', '-1 minute'], ['code', '-1 minute', '1 minute'], ['old', '-1 minute', '-1 minute']]
  for (const [name, link, code] of proofs) {
    await sql`insert into mail_proofs (id, purpose, email, normalized_email, expires_at, code_expires_at)
      values (gen_random_uuid(), 'registration', ${name}, ${name}, now() + ${link}::interval, now() + ${code}::interval)`
      .execute(database.kysely)
  }
  // Batches of one row, so that there are several.
  t.strictSame(await deleteOldMails(database, { batchSize: 1 }), { addresses: 3, mails: 1, proofs: 1 })
  const { rows } = await sql`select state, address, normalized_address is null as removed from mails order by id`.execute(database.kysely)
  t.strictSame(rows, [
    { state: 'due', address: 'due@example.com', removed: false },
    { state: 'sent', address: 'sent6@example.com', removed: false },
    { state: 'sent', address: null, removed: true },
    { state: 'failed', address: null, removed: true },
    { state: 'expired', address: 'unsent@example.com', removed: false },
    { state: 'due', address: 'leased@example.com', removed: false }
  ])
  const left = await database.kysely.selectFrom('mail_proofs').select('email').orderBy('email').execute()
  t.strictSame(left, [{ email: 'code' }, { email: 'valid' }])
  t.strictSame(await deleteOldMails(database), { addresses: 0, mails: 0, proofs: 0 })
})

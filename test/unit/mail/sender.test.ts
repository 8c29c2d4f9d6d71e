import { sql } from 'kysely'
import t from 'tap'
import { addMail, createSender, makeDue, outbox, readMails, smtpTransport } from '../../support/sender.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { startMailServer } from '../../support/smtp.ts'
import { until } from '../../support/until.ts'

const SENT = { state: 'sent', last_error: null, ended: true, due_in: null }

eachDatabase(t, 'a mail is sent once, as soon as it is committed', async (t, database) => {
  const server = await startMailServer(t)
  const { sender, counters } = createSender(t, database, { transport: await smtpTransport(server.port), pollMs: 60_000 })
  await sender.start(outbox)
  await addMail(database, 'ada@example.com')
  await until(async () => (await readMails(database))[0]?.state === 'sent')
  t.strictSame(await readMails(database), [{ ...SENT, address: 'ada@example.com', attempts: 1 }])
  t.strictSame(server.received.map(({ from, to }) => ({ from, to })), [{ from: 'accounts@example.com', to: 'ada@example.com' }])
  t.equal(counters.sent, 1)
})

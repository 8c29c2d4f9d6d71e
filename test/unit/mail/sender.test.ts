import { sql } from 'kysely'
import t from 'tap'
import { leaseMails } from '../../../src/mail/mail-store.ts'
import type { Message } from '../../../src/mail/transport.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { addMail, createSender, makeDue, outbox, readMails, smtpTransport } from '../../support/sender.ts'
import { startMailServer } from '../../support/smtp.ts'
import { until } from '../../support/until.ts'

const SENT = { state: 'sent', last_error: null, ended: true, due_in: null }

/** A transport that keeps what it is given, and ends each attempt when the test says so. */
function createHeldTransport () {
  const started: Array<{ message: Message, signal: AbortSignal, end: () => void }> = []
  return {
    started,
    send: (message: Message, signal: AbortSignal) => new Promise<void>((resolve) => { started.push({ message, signal, end: resolve }) }),
    close () {}
  }
}

eachDatabase(t, 'a mail is sent once, as soon as it is committed', async (t, database) => {
  const server = await startMailServer(t)
  const { sender, counters } = createSender(t, database, { transport: await smtpTransport(server.port), pollMs: 60_000 })
  await sender.start(outbox)
  await addMail(database, 'ada@example.com')
  await until(async () => (await readMails(database))[0]?.state === 'sent')
  t.strictSame(await readMails(database), [{ ...SENT, address: 'ada@example.com', attempts: 1 }])
  t.strictSame(server.received.map(({ from, to }) => ({ from, to })), [{ from: 'accounts@example.com', to: 'ada@example.com' }])
  t.strictSame({ sent: counters.sent, failed: counters.failed }, { sent: 1, failed: 0 })
})

onPostgres(t, 'a lease gives no mail to two callers, however many lease at once', async (t, database) => {
  for (let index = 0; index < 40; index++) await addMail(database, `user${index}@example.com`)
  const leases = await Promise.all(Array.from({ length: 10 }, () => leaseMails(database.kysely, 5)))
  const ids = leases.flatMap(({ mails }) => mails.map(({ id }) => id))
  t.equal(new Set(ids).size, ids.length)
  t.strictSame(leases.flatMap(({ mails }) => mails.map(({ attempts }) => attempts)), ids.map(() => 1))
  // SKIP LOCKED: a concurrent lease may leave rows to the next one.
  const rest = await leaseMails(database.kysely, 40)
  t.equal(ids.length + rest.mails.length, 40)
  t.strictSame((await leaseMails(database.kysely, 40)).mails, [])
})

onPostgres(t, 'of two instances each sends a part, and no mail is sent twice', async (t, database) => {
  const server = await startMailServer(t)
  const transport = await smtpTransport(server.port)
  const instances = [createSender(t, database, { transport }), createSender(t, database, { transport })]
  for (const { sender } of instances) await sender.start(outbox)
  for (let index = 0; index < 40; index++) await addMail(database, `user${index}@example.com`)
  await until(async () => (await readMails(database)).every(({ state }) => state === 'sent'))
  const addresses = server.received.map(({ to }) => to)
  t.equal(addresses.length, 40)
  t.equal(new Set(addresses).size, 40)
  t.equal(instances.reduce((sum, { counters }) => sum + counters.sent, 0), 40)
})

eachDatabase(t, 'only as many mails are leased as there are free slots', async (t, database) => {
  const transport = createHeldTransport()
  const { sender } = createSender(t, database, { transport, slots: 2, pollMs: 20, closeGraceMs: 0 })
  for (const name of ['a', 'b', 'c', 'd']) await addMail(database, `${name}@example.com`)
  await sender.start(outbox)
  await until(() => transport.started.length === 2)
  t.strictSame((await readMails(database)).map(({ attempts }) => attempts), [1, 1, 0, 0])
  transport.started[0]?.end()
  await until(() => transport.started.length === 3)
  t.strictSame(transport.started.map(({ message }) => message.to), ['a@example.com', 'b@example.com', 'c@example.com'])
  const states = (await readMails(database)).map(({ state, attempts }) => [state, attempts])
  t.strictSame(states, [['sent', 1], ['due', 1], ['due', 1], ['due', 0]])
})

eachDatabase(t, 'an instance that is killed between the send and the mark loses nothing: the mail is sent again', async (
  t, database
) => {
  const [dead, alive] = [createHeldTransport(), createHeldTransport()]
  const killed = createSender(t, database, { transport: dead, closeGraceMs: 0 })
  const other = createSender(t, database, { transport: alive, closeGraceMs: 0 })
  const id = await addMail(database, 'ada@example.com')
  const first = killed.sender.sendDue()
  await until(() => dead.started.length === 1)
  // A minute later.
  await makeDue(database)
  const second = other.sender.sendDue()
  await until(() => alive.started.length === 1)
  alive.started[0]?.end()
  await second
  // A late mark of the first attempt changes nothing.
  await sql`update mails set last_error = 'kept' where id = ${id}`.execute(database.kysely)
  dead.started[0]?.end()
  await first
  t.strictSame(await readMails(database), [{ ...SENT, address: 'ada@example.com', attempts: 2, last_error: 'kept' }])
  // Message-ID and Date, by which programs find mails that came twice.
  const [one, again] = [dead.started[0]?.message, alive.started[0]?.message]
  t.strictSame({ id: again?.id, date: again?.date }, { id: one?.id, date: one?.date })
})

eachDatabase(t, 'a mail past its end expires, and is not sent', async (t, database) => {
  const transport = createHeldTransport()
  const { sender, counters } = createSender(t, database, { transport })
  await addMail(database, 'ada@example.com')
  await sql`update mails set expires_at = statement_timestamp()`.execute(database.kysely)
  await sender.sendDue()
  t.strictSame(await readMails(database), [{
    address: 'ada@example.com', state: 'expired', attempts: 0, last_error: null, ended: true, due_in: null
  }])
  t.strictSame([transport.started.length, counters.expired], [0, 1])
})

eachDatabase(t, 'a mail of a purpose that this version does not know waits for an instance that does', async (t, database) => {
  const { sender } = createSender(t, database, { transport: createHeldTransport() })
  const id = await addMail(database, 'ada@example.com')
  await sql`update mails set purpose = 'of tomorrow' where id = ${id}`.execute(database.kysely)
  await sender.sendDue()
  t.match(await readMails(database), [{ state: 'due', attempts: 0 }])
})

eachDatabase(t, 'a mail that is for nobody is deleted', async (t, database) => {
  const { sender } = createSender(t, database, { transport: createHeldTransport(), resolve: async () => undefined })
  await addMail(database, 'nobody@example.com')
  await sender.sendDue()
  t.strictSame(await readMails(database), [])
})

eachDatabase(t, 'a mail that cannot be resolved is retried, and the cause is in the log', async (t, database) => {
  const logged: object[] = []
  const cause = new Error('the database is away')
  const { sender, counters } = createSender(t, database, {
    transport: createHeldTransport(),
    resolve: () => Promise.reject(cause),
    log: { info: (details) => { logged.push(details) }, warn: (details) => t.fail(JSON.stringify(details)) }
  })
  const id = await addMail(database, 'ada@example.com')
  await sender.sendDue()
  t.strictSame(await readMails(database), [{
    address: 'ada@example.com', state: 'due', attempts: 1, last_error: 'internal error', ended: false, due_in: 5
  }])
  t.strictSame(logged, [{
    event: 'mail_retried',
    mail: id,
    purpose: 'password_reset',
    attempts: 1,
    reason: 'other',
    error: 'internal error',
    delay_seconds: 5,
    err: cause
  }])
  t.equal(counters.retried.other, 1)
})

eachDatabase(t, 'an attempt ends in time, whatever the transport does, and its slot is free', async (t, database) => {
  const transport = createHeldTransport()
  const { sender, counters } = createSender(t, database, { transport, slots: 1, attemptMs: 50 })
  await addMail(database, 'hung@example.com')
  await sender.sendDue()
  t.strictSame(await readMails(database), [{
    address: 'hung@example.com', state: 'due', attempts: 1, last_error: 'took too long', ended: false, due_in: 5
  }])
  t.strictSame([transport.started[0]?.signal.aborted, counters.retried.timeout], [true, 1])
})

eachDatabase(t, 'closing waits for attempts in progress, and aborts those that take too long', async (t, database) => {
  const transport = createHeldTransport()
  const patient = createSender(t, database, { transport })
  await addMail(database, 'ada@example.com')
  await patient.sender.start(outbox)
  await until(() => transport.started.length === 1)
  const closing = patient.sender.close()
  transport.started[0]?.end()
  await closing
  t.match(await readMails(database), [{ state: 'sent' }])

  const hasty = createSender(t, database, { transport, closeGraceMs: 20 })
  await addMail(database, 'hung@example.com')
  await hasty.sender.start(outbox)
  await until(() => transport.started.length === 2)
  await hasty.sender.close()
  t.match(await readMails(database), [{ state: 'sent' }, { address: 'hung@example.com', state: 'due', attempts: 1, due_in: 5 }])
})

eachDatabase(t, 'the backlog of all instances is counted, with its oldest mail', async (t, database) => {
  const { sender, counters } = createSender(t, database, { transport: createHeldTransport(), slots: 1, closeGraceMs: 0, pollMs: 10 })
  for (const name of ['a', 'b', 'c']) await addMail(database, `${name}@example.com`)
  await sql`update mails set created_at = statement_timestamp() - interval '100 seconds', last_error = 'CONN ECONNREFUSED'
    where address = 'a@example.com'`.execute(database.kysely)
  await sender.start(outbox)
  await until(() => counters.backlog.due > 0)
  const { oldestSeconds, ...backlog } = counters.backlog
  t.strictSame(backlog, { due: 3, lastError: 'CONN ECONNREFUSED' })
  t.ok(oldestSeconds >= 100 && oldestSeconds < 200, `${oldestSeconds} s`)
})

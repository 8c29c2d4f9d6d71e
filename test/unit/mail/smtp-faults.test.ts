// DESIGN-IDENTITY 7, line 8, as far as one process shows it: what a mail server may do wrong, and what becomes of the mail.
import { sql } from 'kysely'
import t, { type Test } from 'tap'
import type { Database } from '../../../src/database/index.ts'
import { decideRetry } from '../../../src/mail/retry-policy.ts'
import { eachDatabase, onPostgres } from '../../support/database.ts'
import { addMail, createSender, makeDue, readMails, smtpTransport } from '../../support/sender.ts'
import { startMailServer, type MailServer } from '../../support/smtp.ts'
import { until } from '../../support/until.ts'

t.setTimeout(300_000)

const PASSWORD = 'correct horse'

async function startSender (t: Test, database: Database, { attemptMs = 30_000, closeGraceMs = 5_000 } = {}) {
  const server = await startMailServer(t, { password: PASSWORD })
  const transport = await smtpTransport(server.port, { auth: { user: 'ada', pass: PASSWORD } })
  return { server, ...createSender(t, database, { transport, attemptMs, closeGraceMs }) }
}

/** The server quotes a link, as spam filters do. */
const code = (code: number, status = '5.1.1') => ({ code, text: `${status} refused: https://auth.example.com/#token=hunter2` })

const RETRY = { state: 'due', attempts: 1, ended: false, due_in: 5 }
const FINAL = { state: 'failed', attempts: 1, ended: true, due_in: null }

eachDatabase(t, 'a mail that fails is sent again, unless RCPT or DATA was refused for good', async (t, database) => {
  const table: ReadonlyArray<[fault: NonNullable<MailServer['fault']>, outcome: Record<string, unknown>]> = [
    [{ stage: 'connect', does: code(421, '4.3.2') }, { ...RETRY, last_error: 'CONN 421 4.3.2' }],
    [{ stage: 'connect', does: code(554, '5.7.1') }, { ...RETRY, last_error: 'CONN 554 5.7.1' }],
    [{ stage: 'connect', does: 'drop' }, { ...RETRY, last_error: 'ECONNECTION' }],
    [{ stage: 'auth', does: code(454, '4.7.0') }, { ...RETRY, last_error: 'AUTH PLAIN 454 4.7.0' }],
    [{ stage: 'auth', does: code(535, '5.7.8') }, { ...RETRY, last_error: 'AUTH PLAIN 535 5.7.8' }],
    [{ stage: 'auth', does: 'drop' }, { ...RETRY, last_error: 'CONN ECONNECTION' }],
    [{ stage: 'mail', does: code(451, '4.3.0') }, { ...RETRY, last_error: 'MAIL FROM 451 4.3.0' }],
    [{ stage: 'mail', does: code(550, '5.7.1') }, { ...RETRY, last_error: 'MAIL FROM 550 5.7.1' }],
    [{ stage: 'mail', does: 'drop' }, { ...RETRY, last_error: 'CONN ECONNECTION' }],
    [{ stage: 'rcpt', does: code(450, '4.2.1') }, { ...RETRY, last_error: 'RCPT TO 450 4.2.1' }],
    [{ stage: 'rcpt', does: code(530, '5.7.0') }, { ...RETRY, last_error: 'RCPT TO 530 5.7.0' }],
    [{ stage: 'rcpt', does: code(550) }, { ...FINAL, last_error: 'RCPT TO 550 5.1.1' }],
    [{ stage: 'rcpt', does: 'drop' }, { ...RETRY, last_error: 'CONN ECONNECTION' }],
    [{ stage: 'message', does: code(452, '4.3.1') }, { ...RETRY, last_error: 'DATA 452 4.3.1' }],
    [{ stage: 'message', does: code(554, '5.6.0') }, { ...FINAL, last_error: 'DATA 554 5.6.0' }],
    [{ stage: 'message', does: 'drop' }, { ...RETRY, last_error: 'CONN ECONNECTION' }]
  ]
  const found: unknown[] = []
  for (const [fault] of table) {
    const { server, sender } = await startSender(t, database)
    server.fault = fault
    await addMail(database, 'ada@example.com')
    await sender.sendDue()
    found.push({ fault, rows: await readMails(database) })
    await sql`delete from mails`.execute(database.kysely)
    await sender.close()
  }
  t.strictSame(found, table.map(([fault, outcome]) => ({ fault, rows: [{ address: 'ada@example.com', ...outcome }] })))
})

eachDatabase(t, 'a server that hangs at any command frees the slot in time', async (t, database) => {
  const stages = ['connect', 'auth', 'mail', 'rcpt', 'message'] as const
  for (const stage of stages) {
    const { server, sender } = await startSender(t, database, { attemptMs: 300 })
    server.fault = { stage, does: 'hang' }
    await addMail(database, `${stage}@example.com`)
    await sender.sendDue()
    t.equal(server.connections, 1)
    await until(() => server.openConnections() === 0)
    await sender.close()
  }
  t.strictSame(
    await readMails(database),
    [...stages].sort().map((stage) => ({ ...RETRY, address: `${stage}@example.com`, last_error: 'took too long' }))
  )
})

eachDatabase(t, 'a server that hangs for one recipient delays no other', async (t, database) => {
  const { server, sender } = await startSender(t, database, { attemptMs: 2_000 })
  server.fault = { stage: 'rcpt', does: 'hang', to: 'b@example.com' }
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await addMail(database, `${name}@example.com`)
  const sending = sender.sendDue()
  await until(() => server.received.length >= 4)
  t.match((await readMails(database)).find(({ address }) => address === 'b@example.com'), { state: 'due', last_error: null })
  await sending
  t.strictSame(server.received.map(({ to }) => to.slice(0, 1)).sort(), ['a', 'c', 'd', 'e', 'f', 'g'])
})

eachDatabase(t, 'a recipient that is refused delays nobody, and its connection goes on', async (t, database) => {
  const { server, sender, counters } = await startSender(t, database)
  server.fault = { stage: 'rcpt', does: code(550), to: 'b@example.com' }
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) await addMail(database, `${name}@example.com`)
  await sender.sendDue()
  const rows = await readMails(database)
  t.strictSame(rows.map(({ state }) => state), rows.map(({ address }) => address === 'b@example.com' ? 'failed' : 'sent'))
  t.strictSame([counters.sent, counters.failed, server.connections <= 5], [7, 1, true])
})

eachDatabase(t, 'a connection that is lost behind DATA brings the mail twice, with one Message-ID and one Date', async (t, database) => {
  const { server, sender } = await startSender(t, database)
  server.fault = { stage: 'message', does: 'drop' }
  await addMail(database, 'ada@example.com')
  await sender.sendDue()
  server.fault = undefined
  await makeDue(database)
  await sender.sendDue()
  t.match(await readMails(database), [{ state: 'sent', attempts: 2, last_error: null }])
  const headers = server.received.map(({ source }) => source.match(/^(Message-ID|Date): .*$/gm)?.sort())
  t.equal(headers.length, 2)
  t.equal(headers[0]?.length, 2)
  t.strictSame(headers[0], headers[1])
})

eachDatabase(t, 'an hour with a wrong password loses no mail, and asks ever less often', async (t, database) => {
  const { server, sender, counters } = await startSender(t, database)
  server.fault = { stage: 'auth', does: code(535, '5.7.8') }
  for (let index = 0; index < 12; index++) await addMail(database, `user${index}@example.com`)
  const delays: unknown[] = []
  for (let attempt = 1; attempt <= 6; attempt++) {
    await sender.sendDue()
    const rows = await readMails(database)
    delays.push([...new Set(rows.map(({ state, attempts, due_in: seconds }) => `${state} ${attempts} ${seconds}`))])
    await makeDue(database)
  }
  t.strictSame(delays, [['due 1 5'], ['due 2 30'], ['due 3 120'], ['due 4 600'], ['due 5 1800'], ['due 6 1800']])
  server.fault = undefined
  await sender.sendDue()
  t.strictSame((await readMails(database)).map(({ state }) => state), Array(12).fill('sent'))
  t.equal(new Set(server.received.map(({ to }) => to)).size, 12)
  t.strictSame([server.received.length, counters.retried.auth], [12, 72])
})

onPostgres(t, 'while every slot hangs, no connection and no lock of the database is held', async (t, database) => {
  const { server, sender } = await startSender(t, database, { closeGraceMs: 0 })
  server.fault = { stage: 'connect', does: 'hang' }
  for (let index = 0; index < 6; index++) await addMail(database, `user${index}@example.com`)
  const sending = sender.sendDue()
  await until(() => server.connections === 5)
  const { rows } = await sql`select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
    and (state like '%transaction%' or state = 'active')`.execute(database.kysely)
  t.strictSame(rows, [])
  t.strictSame((await sql`select id from mails for update nowait`.execute(database.kysely)).rows.length, 6)
  await sender.close()
  await sending
})

t.test('the policy of retries', async (t) => {
  const failure = { reason: 'connection', replyCode: undefined } as const
  const delays = [1, 2, 3, 4, 5, 6, 100].map((attempts) => decideRetry(failure, attempts))
  t.strictSame(delays, [5, 30, 120, 600, 1800, 1800, 1800].map((delaySeconds) => ({ isFinal: false, delaySeconds })))
  const final: string[] = []
  for (const reason of ['connection', 'timeout', 'tls', 'auth', 'sender', 'recipient', 'data', 'other'] as const) {
    for (const replyCode of [undefined, 250, 354, 421, 450, 452, 499, 500, 503, 530, 534, 535, 538, 550, 552, 554, 599, 600]) {
      if (decideRetry({ reason, replyCode }, 1).isFinal) final.push(`${reason} ${replyCode}`)
    }
  }
  const codes = [500, 550, 552, 554, 599]
  t.strictSame(final, [...codes.map((code) => `recipient ${code}`), ...codes.map((code) => `data ${code}`)])
})

import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import t from 'tap'
import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../../../src/database/index.ts'
import { createMailAdmin, createOutbox } from '../../../src/mail/index.ts'
import { SYSTEM_ACTOR } from '../../../src/audit/event.ts'
import { MailDisabledError } from '../../../src/errors.ts'
import { eachDatabase } from '../../support/database.ts'
import { addMail } from '../../support/sender.ts'
import { listAuditTypes } from '../../support/rows.ts'
import { createModulesApp, createTestUser, requestAs } from './modules-app.ts'

async function change (database: Database, id: string, assignments: string): Promise<void> {
  await sql`update mails set ${sql.raw(assignments)} where id = ${id}`.execute(database.kysely)
}

eachDatabase(t, 'an admin sees what became of mails, newest first', async (t, database) => {
  const ask = requestAs(await createModulesApp(t, database), await createTestUser(database, 'root@example.com', 'admin'))
  const [first, second, third] = [
    await addMail(database, 'Ada@example.com'), await addMail(database, 'bob@example.com'), await addMail(database, 'eve@example.com')
  ]
  await change(database, first, "state = 'sent', ended_at = '2026-01-01 00:00:00Z', attempts = 1")
  await change(database, second, "state = 'failed', ended_at = '2026-01-01 00:00:01Z', attempts = 3, last_error = 'RCPT TO 550 5.1.1'")
  await sql`update mails set created_at = '2025-12-31 00:00:00Z', due_at = '2026-01-02 00:00:00Z'`.execute(database.kysely)
  const reply = await ask('GET', '/admin/mails')
  t.equal(reply.headers['cache-control'], 'no-store')
  const common = { purpose: 'password_reset', user_id: null, created_at: '2025-12-31T00:00:00.000Z' }
  t.strictSame(reply.json(), {
    mails: [
      {
        ...common,
        id: third,
        state: 'due',
        address: 'eve@example.com',
        attempts: 0,
        due_at: '2026-01-02T00:00:00.000Z',
        ended_at: null,
        last_error: null
      },
      {
        ...common,
        id: second,
        state: 'failed',
        address: 'bob@example.com',
        attempts: 3,
        due_at: null,
        ended_at: '2026-01-01T00:00:01.000Z',
        last_error: 'RCPT TO 550 5.1.1'
      },
      {
        ...common,
        id: first,
        state: 'sent',
        address: 'Ada@example.com',
        attempts: 1,
        due_at: null,
        ended_at: '2026-01-01T00:00:00.000Z',
        last_error: null
      }
    ],
    next: null
  })
  const idsOf = async (query: string) => {
    const { mails, next }: { mails: Array<{ id: string }>, next: string | null } = (await ask('GET', `/admin/mails?${query}`)).json()
    return [...mails.map(({ id }) => id), next]
  }
  t.strictSame(await idsOf('state=failed'), [second, null])
  t.strictSame(await idsOf('limit=2'), [third, second, second])
  t.strictSame(await idsOf(`limit=2&after=${second}`), [first, null])
  t.strictSame(await idsOf('state=closed'), [null])
})

eachDatabase(t, 'an admin has a mail sent again that has failed or expired, and one that waits within a minute', async (t, database) => {
  const root = await createTestUser(database, 'root@example.com', 'admin')
  const ask = requestAs(await createModulesApp(t, database), root)
  const retry = async (id: string) => ask('POST', `/admin/mails/${id}/retry`)
  const read = async (id: string) => {
    const { rows: [row] } = await sql`select state, attempts, ended_at, last_error,
      round(extract(epoch from due_at - statement_timestamp()) / 60)::int as due_minutes,
      round(extract(epoch from expires_at - statement_timestamp()) / 3600)::int as lives_hours
      from mails where id = ${id}`.execute(database.kysely)
    return row
  }
  const findDue = async (address: string) => {
    const { id } = await database.kysely.selectFrom('mails').select('id').where('state', '=', 'due').where('address', '=', address)
      .executeTakeFirstOrThrow()
    return id
  }
  for (const state of ['failed', 'expired']) {
    const id = await addMail(database, `${state}@example.com`)
    await change(database, id, `state = '${state}', ended_at = now() - interval '6 days', attempts = 9, last_error = 'DATA 554',
      expires_at = now() - interval '5 days', due_at = now() - interval '5 days'`)
    // An attempt that failed may have shown the link to somebody.
    await sql`insert into mail_proofs (id, purpose, email, normalized_email, expires_at, code_expires_at)
      values (${id}, 'password_reset', 'a@example.com', 'a@example.com', now() + interval '1 hour', now())`.execute(database.kysely)
    const reply = await retry(id)
    t.strictSame(await database.kysely.selectFrom('mail_proofs').select('id').execute(), [], 'the link of the first mail is void')
    t.strictSame([reply.statusCode, reply.json()], [202, {}])
    t.match(await read(id), { state: 'closed', attempts: 9, last_error: 'DATA 554' })
    t.strictSame(
      await read(await findDue(`${state}@example.com`)),
      { state: 'due', attempts: 0, ended_at: null, last_error: null, due_minutes: 0, lives_hours: 24 }
    )
    t.equal((await retry(id)).statusCode, 409, 'one that has been sent again is not sent a third time')
  }
  const waiting = await addMail(database, 'waiting@example.com')
  await change(database, waiting, "attempts = 5, due_at = now() + interval '29 minutes'")
  t.equal((await retry(waiting)).statusCode, 202)
  // An attempt may be in progress, whose lease ends within a minute.
  t.match(await read(waiting), { state: 'due', attempts: 5, due_minutes: 1, lives_hours: 24 })
  await change(database, waiting, "due_at = now() - interval '1 minute'")
  t.equal((await retry(waiting)).statusCode, 202)
  t.match(await read(waiting), { due_minutes: -1 })

  const invitation = await addMail(database, 'bob@example.com')
  await change(database, invitation, "purpose = 'invitation', state = 'failed', ended_at = now()")
  t.equal((await retry(invitation.toUpperCase())).statusCode, 202)
  t.match(await read(await findDue('bob@example.com')), { state: 'due', lives_hours: 7 * 24 })

  t.strictSame(await listAuditTypes(database), Array(5).fill('mail_retried'))
  const { rows: [event] } = await sql`select actor_id, user_id, details from audit_events where type = 'mail_retried' limit 1`
    .execute(database.kysely)
  t.match(event, { actor_id: root.id, user_id: null, details: { purpose: 'password_reset', mail: /^[0-9a-f-]{36}$/ } })
})

eachDatabase(t, 'what was sent, is void, has no address any more or never was is not sent again', async (t, database) => {
  const ask = requestAs(await createModulesApp(t, database), await createTestUser(database, 'root@example.com', 'admin'))
  const id = await addMail(database, 'ada@example.com')
  const table = [
    ["state = 'sent', ended_at = now()", 409, 'mail_not_retryable'],
    ["state = 'closed', ended_at = now()", 409, 'mail_not_retryable'],
    ["state = 'failed', ended_at = now() - interval '8 days'", 409, 'mail_not_retryable']
  ] as const
  for (const [assignments, status, code] of table) {
    await change(database, id, assignments)
    t.match((await ask('POST', `/admin/mails/${id}/retry`)).json(), { status, code }, assignments)
  }
  for (const unknown of [randomUUID(), uuidv7()]) t.equal((await ask('POST', `/admin/mails/${unknown}/retry`)).statusCode, 404)
  t.equal((await ask('POST', '/admin/mails/1/retry')).statusCode, 400)
  t.strictSame(await listAuditTypes(database), [])
  const off = createMailAdmin(database, createOutbox({ isEnabled: false }))
  await t.rejects(off.retry(id, SYSTEM_ACTOR), new MailDisabledError())
})

eachDatabase(t, 'AB20: an invalid query for mails is refused', async (t, database) => {
  const ask = requestAs(await createModulesApp(t, database), await createTestUser(database, 'root@example.com', 'admin'))
  for (const query of ['state=lost', 'state=due&state=sent', 'after=x', 'limit=0', 'address=ada@example.com']) {
    t.equal((await ask('GET', `/admin/mails?${query}`)).statusCode, 400, query)
  }
})

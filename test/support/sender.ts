// A sender on a database, as an instance has it, with mails that say little.
import { sql } from 'kysely'
import type { Test } from 'tap'
import { parseEmail } from '../../src/accounts/index.ts'
import type { Database } from '../../src/database/index.ts'
import { en } from '../../src/languages/index.ts'
import { createMailCounters, createOutbox, createSmtpTransport, MailSender, renderMail, type Transport } from '../../src/mail/index.ts'
import type { SenderOptions } from '../../src/mail/sender.ts'
import { SILENT } from './silent-log.ts'

// The settings are frozen, too.
export const FROM = Object.freeze({ name: 'Example', address: 'accounts@example.com' })

export const outbox = createOutbox({ isEnabled: true })

/** To a server of the tests. */
export async function smtpTransport (port: number, options: Partial<Parameters<typeof createSmtpTransport>[0]> = {}): Promise<Transport> {
  const auth = options.auth && Object.freeze({ ...options.auth })
  return createSmtpTransport({ host: '127.0.0.1', port, secure: false, requireTls: false, ...options, auth })
}

/** @param t closes it */
export function createSender (t: Test, database: Database, options: Partial<SenderOptions> & Pick<SenderOptions, 'transport'>) {
  const counters = createMailCounters()
  const sender = new MailSender({
    database,
    resolve: async ({ address }) => address && { to: address.display, template: 'account_exists' },
    render: (mail, content) => renderMail(mail, content, { language: en, appName: 'Example', from: FROM }),
    counters,
    log: SILENT,
    ...options
  })
  t.teardown(() => sender.close())
  return { sender, counters }
}

/** @returns the id of the mail */
export async function addMail (database: Database, address: string): Promise<string> {
  return outbox.enqueue(database.kysely, { purpose: 'password_reset', address: parseEmail(address) })
}

/** As the policy of retries would let it happen later. */
export async function makeDue (database: Database): Promise<void> {
  await sql`update mails set due_at = statement_timestamp() where state = 'due'`.execute(database.kysely)
}

/** What is left to send, and what became of the rest, in the order of the addresses. Of `due_in`, some seconds may have passed. */
export async function readMails (database: Database): Promise<Array<Record<string, unknown>>> {
  const { rows } = await sql<Record<string, unknown>>`
    select address, state, attempts, last_error, ended_at is not null as ended,
      case when state = 'due' then (
        select min(seconds) from unnest(array[5, 30, 60, 120, 600, 1800]) as seconds
        where due_at <= statement_timestamp() + make_interval(secs => seconds)
      ) end as due_in
    from mails order by address, id`.execute(database.kysely)
  return rows
}

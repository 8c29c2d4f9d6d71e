// What the mails of a service say, without a server: each mail that is due is resolved as by the sender, and counts as sent.
import { sql } from 'kysely'
import { toDate, type Database } from '../../src/database/index.ts'
import type { DueMail, MailContent } from '../../src/mail/index.ts'
import { createMailResolver } from '../../src/proofs/index.ts'
import { SECRET_KEYS } from './service.ts'

type ResolverOptions = Parameters<typeof createMailResolver>[0]

const RESOLVER = {
  secretKeys: [Buffer.from(SECRET_KEYS, 'base64')], issuer: 'https://auth.example.com', linkUrl: undefined, registration: 'open'
} as const

/** Settings of a service with mail. */
export const WITH_MAIL = { SMTP_URL: 'smtp://127.0.0.1:2525', MAIL_FROM: 'accounts@example.com', REGISTRATION: 'open' }

/**
 * Sends the mails that are due, in the order in which they were asked for.
 *
 * @returns what they say; those that nobody is to get are deleted
 */
export async function deliver (database: Database, options: Partial<ResolverOptions> = {}): Promise<MailContent[]> {
  const sent: MailContent[] = []
  for (const mail of await leaseMails(database)) {
    const content = await resolve(database, mail, options)
    const change = content === undefined
      ? sql`delete from mails where id = ${mail.id} and state = 'due' and attempts = ${mail.attempts}`
      : sql`update mails set state = 'sent', ended_at = now() where id = ${mail.id} and state = 'due' and attempts = ${mail.attempts}`
    await change.execute(database.kysely)
    if (content !== undefined) sent.push(content)
  }
  return sent
}

/** What a mail says. */
export async function resolve (
  database: Database, mail: DueMail, options: Partial<ResolverOptions> = {}
): Promise<MailContent | undefined> {
  return createMailResolver({ ...RESOLVER, database, ...options })(mail)
}

/** Begins an attempt for each mail that is due. */
export async function leaseMails (database: Database): Promise<DueMail[]> {
  const { rows } = await sql<LeasedRow>`with leased as (
      update mails set attempts = attempts + 1 where state = 'due'
      returning id, purpose, attempts, address, normalized_address, user_id, (extract(epoch from created_at) * 1000)::text as created_ms
    )
    select * from leased order by id`.execute(database.kysely)
  return rows.map(({ id, purpose, attempts, address, normalized_address: normalized, user_id: userId, created_ms: createdMs }) => ({
    id,
    purpose,
    attempts,
    address: address === null || normalized === null ? undefined : { display: address, normalized },
    userId: userId ?? undefined,
    createdAt: toDate(createdMs)
  }))
}

interface LeasedRow {
  id: string
  purpose: string
  attempts: number
  address: string | null
  normalized_address: string | null
  user_id: string | null
  created_ms: string
}

/** @returns what follows `#token=` in the link of the only mail, or '' */
export function toToken (mails: readonly MailContent[]): string {
  return mails.length === 1 ? mails[0]?.link?.split('#token=')[1] ?? '' : ''
}

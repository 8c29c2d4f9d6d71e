import { v7 as uuidv7 } from 'uuid'
import type { Email } from '../accounts/index.ts'
import { toAuditRow, type AuditEntry } from '../audit/index.ts'
import { prepare, type Queryable } from '../database/index.ts'
import { MailDisabledError } from '../errors.ts'
import { toLifetimeSeconds, type MailPurpose, type Notice } from './purposes.ts'

/** A mail to be sent. What it says, and whether it is sent at all, is decided when it is sent. */
export interface NewMail {
  /** UUIDv7; default: a new one. The id of the proof that the mail asks for. */
  id?: string
  purpose: MailPurpose
  /** Default: the address that the user has when the mail is sent. */
  address?: Email
  /** The user that it is about; undefined where nobody has looked whether there is one. */
  userId?: string
}

/** Where mails wait to be sent. */
export interface Outbox {
  /** Whether mails are sent at all. */
  readonly isEnabled: boolean
  /** @throws MailDisabledError */
  assertEnabled (): void
  /**
   * Adds a mail, and an audit event, in one statement; the sender of some instance wakes up at the commit.
   *
   * @param db the transaction of a change, or the database
   * @returns the id of the mail
   * @throws MailDisabledError
   */
  enqueue (db: Queryable, mail: NewMail, audit?: AuditEntry): Promise<string>
  /**
   * Adds a notice to a user, if mails are sent at all.
   *
   * @param db the transaction of the change that the notice is about
   */
  notify (db: Queryable, notice: { purpose: Notice, userId: string, address?: Email }): Promise<void>
  /** @param listener called when this process has added a mail, which may not be committed yet */
  onMail (listener: () => void): void
}

/** NOTIFY wakes the senders of all instances. */
export const MAIL_CHANNEL = 'gatepass_mails'

/** @param options `isEnabled`: whether there is a sender, by the settings */
export function createOutbox ({ isEnabled }: { isEnabled: boolean }): Outbox {
  const listeners: Array<() => void> = []

  function assertEnabled (): void {
    if (!isEnabled) throw new MailDisabledError()
  }

  async function add (db: Queryable, mail: NewMail, audit?: AuditEntry): Promise<string> {
    const id = await insertMail(db, mail, audit)
    for (const listener of listeners) listener()
    return id
  }

  return {
    isEnabled,
    assertEnabled,
    async enqueue (db, mail, audit) {
      assertEnabled()
      return add(db, mail, audit)
    },
    async notify (db, notice) {
      if (isEnabled) await add(db, notice)
    },
    onMail (listener) {
      listeners.push(listener)
    }
  }
}

async function insertMail (db: Queryable, { id = uuidv7(), purpose, address, userId }: NewMail, audit?: AuditEntry): Promise<string> {
  const event = audit && toAuditRow(audit)
  await db.executeQuery(INSERT_MAIL({
    id,
    purpose,
    address: address?.display ?? null,
    normalized_address: address?.normalized ?? null,
    user_id: userId ?? null,
    lifetime_seconds: toLifetimeSeconds(purpose),
    audit_id: event?.id ?? null,
    audit_type: event?.type ?? null,
    audit_user_id: event?.user_id ?? null,
    audit_actor_id: event?.actor_id ?? null,
    audit_session_id: event?.session_id ?? null,
    ip: event?.ip ?? null,
    user_agent: event?.user_agent ?? null,
    request_id: event?.request_id ?? null,
    details: event?.details ?? null
  }))
  return id
}

interface Parameters {
  id: string
  purpose: string
  address: string | null
  normalized_address: string | null
  user_id: string | null
  lifetime_seconds: number
  audit_id: string | null
  audit_type: string | null
  audit_user_id: string | null
  audit_actor_id: string | null
  audit_session_id: string | null
  ip: string | null
  user_agent: string | null
  request_id: string | null
  details: string | null
}

// The same work for every address: nothing is looked up.
const INSERT_MAIL = prepare<unknown, Parameters>(`with queued as (
  insert into mails (id, purpose, address, normalized_address, user_id, expires_at)
  values (:id, :purpose, :address, :normalized_address, :user_id, statement_timestamp() + make_interval(secs => :lifetime_seconds))
  returning id
), audited as (
  insert into audit_events (id, type, user_id, actor_id, session_id, ip, user_agent, request_id, details)
  select :audit_id::uuid, :audit_type, :audit_user_id::uuid, :audit_actor_id::uuid, :audit_session_id::uuid, :ip, :user_agent, :request_id,
    :details::jsonb
  where :audit_id::uuid is not null
)
select pg_notify('${MAIL_CHANNEL}', '') from queued`)

/**
 * A CTE body that adds a notice, as a part of a larger statement. It wakes no sender: they look every few seconds.
 *
 * @param purpose of the notice
 * @param source a CTE with a row for each notice, with `user_id`
 * @param id SQL of the id of the mail; nothing that a client sent
 */
export function insertNoticeSql (purpose: Notice, source: string, id: string): string {
  return `insert into mails (id, purpose, user_id, expires_at)
  select ${id}::uuid, '${purpose}', user_id, statement_timestamp() + interval '${toLifetimeSeconds(purpose)} seconds' from ${source}`
}

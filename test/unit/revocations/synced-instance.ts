// Instances that keep up with revocations, and transactions that publish them.
import { randomUUID } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import type { Test } from 'tap'
import { transact, type Database, type Tables } from '../../../src/database/index.ts'
import type { RefreshRequired, SessionRevoked } from '../../../src/contract/index.ts'
import {
  createRevocations, type RevocationListener, type Revocations, type RevocationsOptions
} from '../../../src/revocations/revocations.ts'
import { insertRevocationsSql } from '../../../src/revocations/publish.ts'

export interface Log {
  lines: string[]
  info (details: object, sentence: string): void
  warn (details: object, sentence: string): void
}

export function createRecordingLog (): Log {
  const lines: string[] = []
  return { lines, info: (_details, sentence) => { lines.push(sentence) }, warn: (_details, sentence) => { lines.push(sentence) } }
}

/** @returns the revocations as an instance knows them; closed with the test */
export async function subscribe (t: Test, database: Database, options: Partial<RevocationsOptions> = {}): Promise<Revocations> {
  const revocations = await createRevocations({ database, log: createRecordingLog(), ...options })
  t.teardown(() => revocations.close())
  return revocations
}

/** The same database behind a pooler that drops notifications. */
export function withoutNotifications (database: Database): Database {
  return { ...database, listen: async () => ({ connected: true, close: async () => {} }) }
}

/** Publishes the end of sessions, in the caller's transaction. */
export async function revokeSessions (trx: Transaction<Tables>, sessions: ReadonlyArray<{ id: string, accessUntil: Date }>): Promise<void> {
  const ids = sessions.map(({ id }) => id)
  const ends = sessions.map(({ accessUntil }) => accessUntil)
  await sql`with ended as (select * from unnest(${ids}::uuid[], ${ends}::timestamptz[]) as given (id, access_until))
    ${sql.raw(insertRevocationsSql('ended'))}`.execute(trx)
}

/** Publishes the end of sessions that need not exist. */
export async function revoke (database: Database, ids: readonly string[] = [randomUUID()], seconds = 300): Promise<string[]> {
  const accessUntil = new Date(Date.now() + seconds * 1000)
  await transact(database, (trx) => revokeSessions(trx, ids.map((id) => ({ id, accessUntil }))))
  return [...ids]
}

/** Records its notifications. */
export function createListener (): RevocationListener & {
  sessions: SessionRevoked[], notBefores: RefreshRequired[], sids: () => string[]
} {
  const sessions: SessionRevoked[] = []
  const notBefores: RefreshRequired[] = []
  return {
    sessions,
    notBefores,
    sids: () => sessions.map(({ sid }) => sid),
    revokeSession: (revoked) => { sessions.push(revoked) },
    requireRefresh: (required) => { notBefores.push(required) }
  }
}

export function sidsOf (revocations: Revocations): string[] {
  return [...revocations.sessions()].map(({ sid }) => sid).sort()
}

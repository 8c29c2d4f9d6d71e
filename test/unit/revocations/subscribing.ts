// Instances that learn of revocations, and transactions that publish them.
import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import { transact, type Database } from '../../../src/database/index.ts'
import type { RefreshRequired, SessionRevoked } from '../../../src/contract/index.ts'
import { createRevocations, type RevocationListener, type Revocations, type RevocationsOptions } from '../../../src/revocations/revocations.ts'
import { revokeSessions } from '../../../src/revocations/publish.ts'

export interface Log {
  lines: string[]
  info (details: object, sentence: string): void
  warn (details: object, sentence: string): void
}

export function createLog (): Log {
  const lines: string[] = []
  return { lines, info: (_details, sentence) => { lines.push(sentence) }, warn: (_details, sentence) => { lines.push(sentence) } }
}

/** @returns an instance's knowledge; it is closed with the test */
export async function subscribe (t: Test, database: Database, options: Partial<RevocationsOptions> = {}): Promise<Revocations> {
  const revocations = await createRevocations({ database, log: createLog(), ...options })
  t.teardown(() => revocations.close())
  return revocations
}

/** The same database behind a pooler that swallows notifications. */
export function deaf (database: Database): Database {
  return { ...database, listen: async () => ({ connected: true, close: async () => {} }) }
}

/** Ends sessions that do not exist, as far as edges are concerned. */
export async function revoke (database: Database, ids: readonly string[] = [randomUUID()], seconds = 300): Promise<string[]> {
  const accessUntil = new Date(Date.now() + seconds * 1000)
  await transact(database, (trx) => revokeSessions(trx, ids.map((id) => ({ id, accessUntil }))))
  return [...ids]
}

/** Writes down what it is told. */
export function createListener (): RevocationListener & { sessions: SessionRevoked[], cuts: RefreshRequired[], sids: () => string[] } {
  const sessions: SessionRevoked[] = []
  const cuts: RefreshRequired[] = []
  return {
    sessions,
    cuts,
    sids: () => sessions.map(({ sid }) => sid),
    revokeSession: (revoked) => { sessions.push(revoked) },
    requireRefresh: (required) => { cuts.push(required) }
  }
}

export function sidsOf (revocations: Revocations): string[] {
  return [...revocations.sessions()].map(({ sid }) => sid).sort()
}

import { Kysely, PostgresDialect, type PostgresPool } from 'kysely'
import type { Tables } from './tables.ts'

/** A connection, as long as it is held. */
export interface Client {
  query (text: string, values: unknown[]): Promise<{ command: string, rowCount: number | null, rows: unknown[] }>
  release (): void
}

/** @returns Kysely over connections of whatever kind */
export function createKysely (pool: { connect (): Promise<Client>, end (): Promise<void> }): Kysely<Tables> {
  // The type asks for cursors, too; Kysely uses none unless it is given their class.
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) })
}

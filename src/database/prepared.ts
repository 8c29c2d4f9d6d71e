import { createHash } from 'node:crypto'
import { CompiledQuery } from 'kysely'

// Statements are few and fixed, so each may keep its plan on each connection.
const names = new Map<string, string>()

/**
 * Makes a statement that a server parses and plans once for a connection, rather than for each call: for a large one that is
 * most of its cost. Its text must not depend on what a client sends.
 *
 * @param text SQL with $1 and so on
 * @returns parameters -> query, for `executeQuery`
 */
export function prepare<Row> (text: string): (parameters: readonly unknown[]) => CompiledQuery<Row> {
  names.set(text, `gatepass_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`)
  return (parameters) => CompiledQuery.raw(text, [...parameters]) as CompiledQuery<Row>
}

/** The name of a statement that was prepared. */
export function nameOf (text: string): string | undefined {
  return names.get(text)
}

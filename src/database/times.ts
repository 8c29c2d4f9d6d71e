import { sql, type RawBuilder } from 'kysely'

/**
 * SQL: a moment in epoch milliseconds, as text. The driver reads a timestamptz only as DateStyle ISO writes it, and a role or a server may
 * have any other; a float8 has as few digits as extra_float_digits says. A numeric is written in one way.
 *
 * @param expression of type timestamptz; nothing that a client sent
 * @returns "1764407022123.456000", or "Infinity"; null for null. See `toDate`
 */
export function epochMsSql (expression: string): string {
  return `(extract(epoch from ${expression}) * 1000)::text`
}

/** The same for Kysely. */
export function epochMs (expression: string): RawBuilder<string> {
  return sql<string>`${sql.raw(epochMsSql(expression))}`
}

/** SQL: a day as YYYY-MM-DD, whatever DateStyle is. */
export function isoDaySql (column: string): RawBuilder<string> {
  return sql<string>`to_char(${sql.ref(column)}, 'YYYY-MM-DD')`
}

/** @param epochMs what `epochMsSql` gives, microseconds and all */
export function toDate (epochMs: string): Date {
  return new Date(Number(epochMs))
}

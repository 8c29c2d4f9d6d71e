import { sql, type RawBuilder } from 'kysely'

/**
 * A time in epoch milliseconds, as text. The driver parses a timestamptz only in DateStyle ISO, and a role or a server may have another;
 * the digits of a float8 depend on extra_float_digits; a numeric has one format.
 *
 * @param expression SQL of type timestamptz; nothing that a client sent
 * @returns SQL of "1764407022123.456000", or "Infinity", or null for null; see `toDate`
 */
function epochMsSql (expression: string): string {
  return `(extract(epoch from ${expression}) * 1000)::text`
}

/** `epochMsSql` for Kysely. */
export function epochMs (expression: string): RawBuilder<string> {
  return sql<string>`${sql.raw(epochMsSql(expression))}`
}

/** A date as YYYY-MM-DD, whatever DateStyle is. */
export function isoDaySql (column: string): RawBuilder<string> {
  return sql<string>`to_char(${sql.ref(column)}, 'YYYY-MM-DD')`
}

/** @param epochMs a value of `epochMsSql` */
export function toDate (epochMs: string): Date {
  return new Date(Number(epochMs))
}

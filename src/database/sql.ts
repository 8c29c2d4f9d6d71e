import { createHash } from 'node:crypto'
import { CompiledQuery, sql, type RawBuilder } from 'kysely'

/** A statement with its parameters, by the names in its text. */
type Statement<Row, Parameters> = (parameters: Parameters) => CompiledQuery<Row>

/** A colon and a name; a cast has two colons. */
const PARAMETER = /(?<!:):([a-z][a-z0-9_]*)/g

/** Statements are few and fixed, so each connection keeps the plans of all of them. */
const names = new Map<string, string>()

/**
 * Makes a statement that each connection of a server parses and plans once, not for each call: most of the cost of a large statement.
 *
 * @param sqlText SQL with parameters such as `:session_id`; it must not depend on what a client sends
 * @returns parameters -> query, for `executeQuery`; throws TypeError if a parameter of the text is missing
 */
export function prepare<Row, Parameters extends object> (sqlText: string): Statement<Row, Parameters> {
  const parameterNames: string[] = []
  const text = sqlText.replace(PARAMETER, (_match, name: string) => {
    if (!parameterNames.includes(name)) parameterNames.push(name)
    return `$${parameterNames.indexOf(name) + 1}`
  })
  names.set(text, `gatepass_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`)
  return (parameters) => {
    const values = new Map<string, unknown>(Object.entries(parameters))
    return CompiledQuery.raw(text, parameterNames.map((name) => getParameter(values, name))) as CompiledQuery<Row>
  }
}

/** The name by which a server keeps a statement that was prepared; undefined for all others. */
export function findStatementName (text: string): string | undefined {
  return names.get(text)
}

function getParameter (values: ReadonlyMap<string, unknown>, name: string): unknown {
  if (!values.has(name)) throw new TypeError(`the statement has a parameter :${name}, and was given none`)
  return values.get(name)
}

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

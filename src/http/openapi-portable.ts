export type Json = string | number | boolean | null | undefined | Json[] | JsonObject
export interface JsonObject { [name: string]: Json }

export function isObject (value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const TYPES = ['object', 'array', 'null', 'string', 'boolean', 'number']

/** The same schema, in words that every generator of clients understands: docs/clients.md names those that were tried. */
export function toPortableSchema (schema: JsonObject): JsonObject {
  return withoutUnion(withoutEmptyProperties(withoutPatternOfEnum(schema)))
}

/**
 * Opens the objects that only the service sends: a later version may add members, and a client of openapi-generator for Go refuses those of
 * a closed object.
 *
 * @param requested names of those that clients send: a member that the service does not know is an error
 */
export function withOpenResponses (schemas: JsonObject, requested: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => {
    const isClosed = isObject(schema) && schema.additionalProperties === false && !requested.has(name)
    return [name, isClosed ? without(schema, 'additionalProperties') : schema]
  }))
}

/** orval makes code of the two that does not compile. */
function withoutPatternOfEnum (schema: JsonObject): JsonObject {
  return Array.isArray(schema.enum) ? without(schema, 'pattern') : schema
}

/** orval removes all members of an object whose properties are empty. */
function withoutEmptyProperties (schema: JsonObject): JsonObject {
  const { properties, additionalProperties = false } = schema
  const isEmpty = typeof properties === 'object' && properties !== null && Object.keys(properties).length === 0
  return isEmpty && additionalProperties !== false ? without(schema, 'properties') : schema
}

/**
 * Says of a value that may have several types which ones it has not: then clients take any value. Of a union oapi-codegen makes no client,
 * openapi-generator an empty class in Kotlin and Rust, and orval takes its first member.
 */
function withoutUnion (schema: JsonObject): JsonObject {
  const { type, pattern } = schema
  if (!Array.isArray(type) || type.filter((name) => name !== 'null').length < 2) return schema
  const isWhole = type.includes('integer') && !type.includes('number')
  const excluded = TYPES.filter((name) => !type.includes(name) && !(name === 'number' && isWhole))
  // Linters want `items` wherever `array` is.
  const others = { type: excluded, ...excluded.includes('array') && { items: {} } }
  return {
    ...without(schema, 'type', 'pattern'),
    // Of numbers only, as `minimum` and `maximum`.
    ...isWhole && { multipleOf: 1 },
    not: pattern === undefined ? others : { anyOf: [others, { type: 'string', not: { pattern } }] }
  }
}

function without (schema: JsonObject, ...names: string[]): JsonObject {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => !names.includes(name)))
}

// Schemas of the OpenAPI document, in words and as tables.
import { toCode, toRow, toText } from './markdown.js'
import { toRelative } from './documents.js'

const PAGE = 'reference/schemas'

/**
 * @param {string} name
 * @param {any} schema
 */
export function describeSchema (name, schema) {
  return [
    `## ${name} {#${name}}`,
    schema.description,
    schema.type === 'object' ? toFields(schema, PAGE) : `A ${toTypeName(schema, PAGE)}.`
  ].filter((part) => typeof part === 'string' && part !== '').join('\n\n')
}

/**
 * @param {any} schema of an object
 * @param {string} page that shows it
 * @returns {string} a table of its members; empty if it has none
 */
export function toFields (schema, page) {
  const required = new Set(schema.required)
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const byDefault = field.default === undefined ? '' : `By default ${toCode(JSON.stringify(field.default))}.`
    const type = `${toTypeName(field, page)}${required.has(name) ? '' : ', optional'}`
    return toRow(toCode(name), type, `${field.description ?? ''} ${byDefault}`)
  })
  return rows.length === 0 ? '' : [toRow('member', 'type', 'meaning'), toRow('---', '---', '---'), ...rows].join('\n')
}

/**
 * @param {any} schema
 * @param {string} page that has the link
 * @returns {string} such as: array of [Session](./schemas.md#Session)
 */
export function toTypeName (schema, page) {
  if (schema === undefined) return ''
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1)
    return `[${name}](${page === PAGE ? '' : toRelative(page, `${PAGE}.md`)}#${name})`
  }
  const choices = schema.oneOf ?? schema.anyOf
  if (choices !== undefined) return choices.map((/** @type {any} */ choice) => toTypeName(choice, page)).join(' or ')
  if (schema.enum !== undefined) return schema.enum.map((/** @type {unknown} */ value) => toCode(JSON.stringify(value))).join(' or ')
  if (schema.const !== undefined) return toCode(JSON.stringify(schema.const))
  if (schema.type === 'array') return `array of ${toTypeName(schema.items, page)}`
  const names = [schema.type ?? 'any value'].flat()
  return toText(names.join(' or ') + (schema.format === undefined || /^u?int/.test(schema.format) ? '' : ` (${schema.format})`))
}

import type { FastifySchemaValidationError } from 'fastify'
import type { InvalidMember } from '../errors.ts'

type Finding = FastifySchemaValidationError & { propertyName?: string }

/** A response names at most so many members, and of a name at most so many letters: a client may have sent thousands. */
const MAX_MEMBERS = 20
const MAX_NAME_LENGTH = 64
/** Deeper members are described by the one that they are in. */
const MAX_DEPTH = 16

/** Control characters, and what a terminal could take for one. */
const UNPRINTABLE = /\p{C}/gu

/**
 * Describes what the validator found: each member once, in plain words. Names are those of the client; values are not shown, since one may
 * be a password.
 *
 * @param findings of Ajv, with `allErrors`
 * @param part of the request: members of a body are named by a JSON pointer, parameters by their name
 */
export function toInvalidMembers (findings: readonly Finding[], part: string): InvalidMember[] {
  const members = new Map<string, Finding[]>()
  for (const finding of findings) {
    const names = toNames(finding)
    const path = part === 'body' ? toPointer(names) : names.map(shorten).join('/')
    const known = members.get(path)
    if (known !== undefined) known.push(finding)
    else if (members.size < MAX_MEMBERS) members.set(path, [finding])
  }
  return Array.from(members, ([path, found]) => ({ path, message: toMessage(found) }))
}

/**
 * Makes a JSON pointer (RFC 6901) that can be shown: with at most 16 names of at most 64 letters.
 *
 * @param names from the outermost member to the innermost
 */
export function toPointer (names: readonly string[]): string {
  return names.slice(0, MAX_DEPTH).map((name) => `/${shorten(name).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

function shorten (name: string): string {
  // Cut before it is split into letters, since it may be long.
  const letters = Array.from(name.slice(0, 2 * MAX_NAME_LENGTH + 1))
  const text = letters.length > MAX_NAME_LENGTH ? `${letters.slice(0, MAX_NAME_LENGTH).join('')}…` : name
  return text.replace(UNPRINTABLE, '\ufffd')
}

/** The names that lead to the member at fault: a missing or an unknown one has no path of its own in Ajv's findings. */
function toNames ({ instancePath, params, propertyName }: Finding): string[] {
  const names = instancePath.split('/').slice(1).map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
  const own = params.missingProperty ?? params.additionalProperty ?? params.propertyName ?? propertyName
  return own === undefined ? names : [...names, String(own)]
}

/** Of a union, all alternatives are found to fail; what they allow is one message. */
function toMessage (findings: readonly Finding[]): string {
  const values = findings.flatMap(({ params: { allowedValue, allowedValues } }) => allowedValues ?? allowedValue ?? [])
  if (values.length > 0) return values.length === 1 ? `must be ${values[0]}` : `must be one of: ${values.join(', ')}`
  if (findings.some(isAboutName)) return `must have another name, which ${toMessage(findings.filter((finding) => !isAboutName(finding)))}`
  const own = findings.filter(({ keyword }) => keyword !== 'anyOf' && keyword !== 'oneOf')
  const [first] = own
  if (first === undefined) return 'is not valid'
  if (own.every(({ keyword }) => keyword === 'type')) return toTypeMessage(own.flatMap(({ params }) => params.type))
  return MESSAGES[first.keyword]?.(first.params) ?? first.message ?? 'is not valid'
}

/** What is wrong with the name has a finding of its own. */
function isAboutName ({ keyword }: Finding): boolean {
  return keyword === 'propertyNames'
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list', boolean: 'true or false', integer: 'a whole number', number: 'a number', object: 'an object', string: 'text'
}

function toTypeMessage (types: readonly unknown[]): string {
  return `must be ${[...new Set(types)].map((type) => TYPES[String(type)] ?? String(type)).join(' or ')}`
}

const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'a UUID', email: 'an e-mail address', 'date-time': 'a time (RFC 3339)', date: 'a date (RFC 3339)', uri: 'a URI'
}

const count = (limit: unknown, thing: string) => `${limit} ${thing}${limit === 1 ? '' : 's'}`

/** By keyword of JSON schema. Other keywords have the message of Ajv, which quotes the schema only. */
const MESSAGES: Readonly<Record<string, (params: Record<string, unknown>) => string>> = {
  required: () => 'is required',
  additionalProperties: () => 'is not known',
  'false schema': () => 'is not known',
  format: ({ format }) => `must be ${FORMATS[String(format)] ?? `of the format ${format}`}`,
  pattern: ({ pattern }) => `must match ${pattern}`,
  minLength: ({ limit }) => limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`,
  maxLength: ({ limit }) => `must have at most ${count(limit, 'character')}`,
  minimum: ({ limit }) => `must be at least ${limit}`,
  maximum: ({ limit }) => `must be at most ${limit}`,
  minItems: ({ limit }) => `must have at least ${count(limit, 'item')}`,
  maxItems: ({ limit }) => `must have at most ${count(limit, 'item')}`,
  uniqueItems: () => 'must have each item once',
  minProperties: ({ limit }) => `must have at least ${count(limit, 'member')}`,
  maxProperties: ({ limit }) => `must have at most ${count(limit, 'member')}`
}

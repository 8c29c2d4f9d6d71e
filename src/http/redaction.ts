const CENSORED = '[redacted]'
const MAX_DEPTH = 6

/** A part of a name is enough: a count of tokens that goes unseen does less harm than a token that is seen. */
const SECRET_NAME = /pass(?:word|phrase)|token|secret|cookie|authorization|credential|private|(?:pem|jwe)$/i

/**
 * What may be logged of an object, at whatever depth.
 *
 * @param entry what somebody wants to log; instances of classes are left to their serializers, but for errors
 * @returns a copy in which what is named like a secret is censored
 */
export function redactSecrets (entry: Record<string, unknown>): Record<string, unknown> {
  return censorMembers(entry, 0)
}

function censorMembers (members: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, censorMember(name, value, depth + 1)]))
}

function censorMember (name: string, value: unknown, depth: number): unknown {
  if (SECRET_NAME.test(name)) return CENSORED
  return name === 'err' ? describeError(value) : censor(value, depth)
}

function censor (value: unknown, depth: number): unknown {
  if (value instanceof Error) return describeError(value)
  if (!Array.isArray(value) && !isPlain(value)) return value
  // Circles end here too.
  if (depth > MAX_DEPTH) return '[too deep]'
  return Array.isArray(value) ? value.map((item) => censor(item, depth + 1)) : censorMembers(value, depth)
}

function isPlain (value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const MAX_CAUSES = 5
// Frameworks put the address into their messages, and people put secrets into addresses.
const QUERY = /\?[^\s"'`]+/g

type ErrorDescription = {
  type: string
  message: string
  code?: unknown
  stack: string
  cause?: ErrorDescription
}

/** Not the other members of an error: drivers keep values of the query there. */
function describeError (error: unknown, depth = 0): ErrorDescription {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error', stack: '' }
  return {
    type: error.name === 'Error' ? error.constructor.name : error.name,
    message: error.message.replace(QUERY, '?'),
    ...('code' in error && { code: error.code }),
    stack: (error.stack ?? '').replace(QUERY, '?'),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: describeError(error.cause, depth + 1) })
  }
}

// Line breaks and controls that JSON leaves as they are, and a terminal or a viewer does not.
const UNSAFE = /[\x7f-\x9f\u2028\u2029]/g
const URL_PASSWORD = /(:\/\/[^\s/:@"]*:)[^\s/@"]+@/g

/**
 * @param line a JSON text
 * @returns the same JSON on one line in every viewer, without commands to a terminal, and without passwords in URLs
 */
export function sanitizeLine (line: string): string {
  const tidy = line.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return tidy.includes('://') ? tidy.replace(URL_PASSWORD, `$1${CENSORED}@`) : tidy
}

const REDACTED = '[redacted]'
const MAX_DEPTH = 6

/** Matches parts of names: redacting a count of tokens does less harm than logging a token. */
const SECRET_NAME = /pass(?:word|phrase)|token|secret|cookie|authorization|credential|private|(?:pem|jwe)$/i

/**
 * Redacts a log entry at every depth.
 *
 * @param entry instances of classes are left to pino's serializers, except errors
 * @returns a copy in which members named like a secret are replaced
 */
export function redactSecrets (entry: Record<string, unknown>): Record<string, unknown> {
  return redactMembers(entry, 0)
}

function redactMembers (members: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).map(([name, value]) => [name, redactMember(name, value, depth + 1)]))
}

function redactMember (name: string, value: unknown, depth: number): unknown {
  if (SECRET_NAME.test(name)) return REDACTED
  return name === 'err' ? serializeError(value) : redact(value, depth)
}

function redact (value: unknown, depth: number): unknown {
  if (value instanceof Error) return serializeError(value)
  if (!Array.isArray(value) && !isPlainObject(value)) return value
  // Cycles end here too.
  if (depth > MAX_DEPTH) return '[too deep]'
  return Array.isArray(value) ? value.map((item) => redact(item, depth + 1)) : redactMembers(value, depth)
}

function isPlainObject (value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const MAX_CAUSES = 5
// Frameworks put the URL into their messages, and people put secrets into URLs.
const QUERY = /\?[^\s"'`]+/g

type SerializedError = {
  type: string
  message: string
  code?: unknown
  stack: string
  cause?: SerializedError
}

/** The standard members only: database drivers keep parameter values in others. */
function serializeError (error: unknown, depth = 0): SerializedError {
  if (!(error instanceof Error)) return { type: typeof error, message: 'not an error', stack: '' }
  return {
    type: error.name === 'Error' ? error.constructor.name : error.name,
    message: error.message.replace(QUERY, '?'),
    ...('code' in error && { code: error.code }),
    stack: (error.stack ?? '').replace(QUERY, '?'),
    ...(error.cause !== undefined && depth < MAX_CAUSES && { cause: serializeError(error.cause, depth + 1) })
  }
}

// Line breaks and control characters that JSON does not escape, but a terminal or a log viewer interprets.
const UNSAFE = /[\x7f-\x9f\u2028\u2029]/g
const URL_PASSWORD = /(:\/\/[^\s/:@"]*:)[^\s/@"]+@/g

/**
 * Makes a line safe to show.
 *
 * @param line a JSON text
 * @returns the same JSON with control characters escaped and passwords in URLs redacted
 */
export function sanitizeLine (line: string): string {
  const escaped = line.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return escaped.includes('://') ? escaped.replace(URL_PASSWORD, `$1${REDACTED}@`) : escaped
}

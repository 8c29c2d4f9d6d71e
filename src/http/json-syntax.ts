const WHITE_SPACE = /[ \t\n\r]*/y
// RFC 8259 7: control characters must be escaped.
// eslint-disable-next-line no-control-regex
const STRING_START = /"(?:[^"\\\0-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const TOKEN = new RegExp(`[{}[\\],:]|${STRING_START.source}"|${NUMBER.source}|true|false|null`, 'y')

/** What may follow. */
type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma or }' | 'comma or ]' | 'end'

const SENTENCES: Readonly<Record<Expected, string>> = {
  value: 'a value must follow',
  'value or ]': 'a value or "]" must follow',
  name: 'a name in double quotes must follow',
  'name or }': 'a name in double quotes or "}" must follow',
  colon: '":" must follow',
  'comma or }': '"," or "}" must follow',
  'comma or ]': '"," or "]" must follow',
  end: 'nothing must follow'
}

/**
 * Finds where a text stops being JSON (RFC 8259). `JSON.parse` says it differently in each Node.js, and quotes the text, which may hold a
 * password. Takes linear time, whatever the text is.
 *
 * @returns where it is and what JSON wants there, without a word of the text; undefined for JSON
 */
export function findSyntaxFault (text: string): string | undefined {
  const open: string[] = []
  let expected: Expected = 'value'
  for (let offset = 0; ; offset = TOKEN.lastIndex) {
    offset += matchAt(WHITE_SPACE, text, offset).length
    if (offset === text.length) return expected === 'end' ? undefined : describe(text, offset, `the text ends, but ${SENTENCES[expected]}`)
    const token = matchAt(TOKEN, text, offset)
    if (token === '' && text[offset] === '"') return describeString(text, offset)
    const next = step(token, expected, open)
    if (next === undefined) return describe(text, offset, text[offset] === "'" ? 'strings need double quotes' : SENTENCES[expected])
    expected = next
  }
}

/** @returns what may follow the token; undefined if the token itself must not stand here */
function step (token: string, expected: Expected, open: string[]): Expected | undefined {
  if (token === '') return undefined
  const mayBegin = expected === 'value' || expected === 'value or ]'
  switch (token) {
    case '{': return mayBegin && open.push('}') > 0 ? 'name or }' : undefined
    case '[': return mayBegin && open.push(']') > 0 ? 'value or ]' : undefined
    case '}': return expected === 'name or }' || expected === 'comma or }' ? close(open) : undefined
    case ']': return expected === 'value or ]' || expected === 'comma or ]' ? close(open) : undefined
    case ':': return expected === 'colon' ? 'value' : undefined
    case ',': return expected === 'comma or }' ? 'name' : expected === 'comma or ]' ? 'value' : undefined
  }
  if (expected === 'name' || expected === 'name or }') return token.startsWith('"') ? 'colon' : undefined
  return mayBegin ? afterValue(open) : undefined
}

function close (open: string[]): Expected {
  open.pop()
  return afterValue(open)
}

function afterValue (open: readonly string[]): Expected {
  const closing = open.at(-1)
  return closing === undefined ? 'end' : closing === '}' ? 'comma or }' : 'comma or ]'
}

function describeString (text: string, start: number): string {
  const offset = start + matchAt(STRING_START, text, start).length
  if (offset === text.length) return describe(text, start, 'the string that begins here has no closing quote')
  const isEscape = text[offset] === '\\'
  return describe(text, offset, isEscape ? 'this escape does not exist' : 'a line break or another control character must be escaped')
}

function describe (text: string, offset: number, sentence: string): string {
  const lines = text.slice(0, offset).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}: ${sentence}`
}

function matchAt (pattern: RegExp, text: string, offset: number): string {
  pattern.lastIndex = offset
  return pattern.exec(text)?.[0] ?? ''
}

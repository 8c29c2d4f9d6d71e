/** Quotes text as one word of a POSIX shell command; text that is safe stays as it is. */
export function shellQuote (text: string): string {
  return /^[\w.@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

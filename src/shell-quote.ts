/** Quotes text as one word of a POSIX shell command; text that is safe is not quoted. */
export function shellQuote (text: string): string {
  return /^[\w.@+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

// Pieces of Markdown.

/** @param {string} text */
export function toCode (text) {
  return `\`${text}\``
}

/**
 * @param {...(string | undefined)} cells
 * @returns {string} a row of a table
 */
export function toRow (...cells) {
  return `| ${cells.map((cell = '') => toText(cell).replaceAll('|', '\\|')).join(' | ')} |`
}

/**
 * @param {string} text of several lines
 * @returns {string} one line
 */
export function toText (text) {
  return text.trim().replace(/\s*\n\s*/g, ' ')
}

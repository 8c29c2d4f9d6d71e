// SVG elements that all charts use.

const STYLE = `text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600; font-size: 15px }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } }`

/**
 * @param {{ title: string, width: number, height: number, style: string, parts: string[] }} options
 * @returns {string} SVG
 */
export function toSvg ({ title, width, height, style, parts }) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">`,
    `<style>${STYLE}\n${style}</style>`,
    `<text class="title" x="10" y="24">${escape(title)}</text>`,
    ...parts,
    '</svg>',
    ''
  ].join('\n')
}

/**
 * @param {number | string} x
 * @param {number | string} y
 * @param {string} words
 * @param {'start' | 'middle' | 'end'} anchor
 */
export function text (x, y, words, anchor) {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escape(words)}</text>`
}

/** @param {string} words */
export function escape (words) {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}

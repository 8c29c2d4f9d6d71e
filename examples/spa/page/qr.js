// A QR code, drawn dark on light also in dark mode, because few apps read another one.
import { generate } from 'lean-qr'

const SVG = 'http://www.w3.org/2000/svg'
/** A QR code needs an empty margin around it. */
const MARGIN = 4

/**
 * @param {Element} svg
 * @param {string} text
 */
export function drawQrCode (svg, text) {
  const code = generate(text)
  const side = code.size + 2 * MARGIN
  let path = ''
  for (let y = 0; y < code.size; y++) {
    for (let x = 0; x < code.size; x++) if (code.get(x, y)) path += `M${x + MARGIN} ${y + MARGIN}h1v1h-1z`
  }
  svg.setAttribute('viewBox', `0 0 ${side} ${side}`)
  svg.replaceChildren(draw('rect', { width: String(side), height: String(side), fill: '#fff' }), draw('path', { d: path, fill: '#000' }))
}

/**
 * @param {'rect' | 'path'} name
 * @param {Record<string, string>} attributes
 */
function draw (name, attributes) {
  const shape = document.createElementNS(SVG, name)
  for (const [attribute, value] of Object.entries(attributes)) shape.setAttribute(attribute, value)
  return shape
}

// The generator's settings: `npm run docs`.
import { readFileSync } from 'node:fs'

const { version, sections } = JSON.parse(readFileSync('site/dist/site.json', 'utf8'))

export default {
  lang: 'en',
  title: 'gatepass',
  description: 'Short-lived JWTs, issued on login, checked at the edge with no database lookup, revocable in milliseconds.',
  srcDir: 'dist/pages',
  outDir: 'dist/html',
  cacheDir: 'dist/cache',
  // Those are the reader's own.
  ignoreDeadLinks: [/^http:\/\/localhost/],
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    // The documents have no HTML; what looks like it is text.
    html: false,
    anchor: { slugify: toAnchor },
    config: (markdown) => {
      markdown.renderer.rules.text = renderText
      markdown.options.highlight = keepResults(markdown.options.highlight)
    }
  },
  themeConfig: {
    search: { provider: 'local' },
    sidebar: sections,
    outline: [2, 3],
    nav: [{ text: 'API', link: '/reference/' }, { text: 'Errors', link: '/problems/' }, { text: version, link: '/changelog' }]
  }
}

/**
 * As GitHub makes them, so that a link to a heading works in both.
 *
 * @param {string} heading
 */
function toAnchor (heading) {
  return heading.toLowerCase().replace(/[^\p{L}\p{N}\p{M}_\- ]/gu, '').replaceAll(' ', '-')
}

/**
 * Pages are templates of Vue, in which doubled braces are code.
 *
 * @param {{ content: string }[]} tokens
 * @param {number} index
 */
function renderText (tokens, index) {
  const escaped = tokens[index].content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
  return escaped.replaceAll('{{', '<span v-pre>{{</span>')
}

/**
 * Each page is rendered twice, once for the search, and most of that is the colours of code.
 *
 * @param {(...parameters: string[]) => string} highlight
 */
function keepResults (highlight) {
  /** @type {Map<string, string>} */
  const results = new Map()
  return (/** @type {string[]} */ ...parameters) => {
    const key = JSON.stringify(parameters)
    const result = results.get(key) ?? highlight(...parameters)
    results.set(key, result)
    return result
  }
}

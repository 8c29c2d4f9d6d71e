// Pages for people who open an address of the service in a browser.
import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

const STYLE = `:root{color-scheme:light dark}
body{margin:0 auto;max-width:40rem;padding:12vh 1rem 2rem;font:1rem/1.6 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.2}
dt{font-weight:600;margin-top:1rem}
dd{margin:0}
pre{white-space:pre-wrap}`

/** Text without markup, for HTML. */
export function escapeHtml (text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

interface Page {
  /** BCP 47; default: English. */
  lang?: string
  /** Text. */
  title: string
  /** HTML. */
  body: string
  /** CSS; default: that of a page of text. */
  style?: string
  /** JavaScript of a module, which may call the origin of the page; default: none. */
  script?: string
}

export function sendPage (request: FastifyRequest, reply: FastifyReply, page: Page): FastifyReply {
  return createPage(page)(request, reply)
}

/** Makes the handler of a page that is the same for everybody. Links in it are relative: a proxy may serve us below a prefix. */
export function createPage ({ lang = 'en', title, body, style = STYLE, script }: Page) {
  const html = `<!DOCTYPE html>
<html lang="${escapeHtml(lang)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
${script === undefined ? '' : `<script type="module">${script}</script>\n`}</head>
<body>
${body}
</body>
</html>
`
  const policy = toPolicy(style, script)

  return function onPage (request: FastifyRequest, reply: FastifyReply): FastifyReply {
    setOpenerPolicy(request, reply)
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-cache')
    return reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(html)
  }
}

/** Style and script are allowed by their hashes, the empty icon keeps browsers from asking for one, and nothing else is. */
function toPolicy (style: string, script: string | undefined): string {
  const scripting = script === undefined ? [] : [`script-src ${toSource(script)}`, "connect-src 'self'"]
  return [
    "default-src 'none'", `style-src ${toSource(style)}`, ...scripting, 'img-src data:', "base-uri 'none'", "form-action 'none'",
    "frame-ancestors 'none'"
  ].join(';')
}

function toSource (text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/**
 * No window of another origin gets a handle on the page's window. Browsers apply this on https and on loopback, where they also send
 * Sec-Fetch-Site; elsewhere they log a warning.
 */
export function setOpenerPolicy (request: FastifyRequest, reply: FastifyReply): void {
  if (request.headers['sec-fetch-site'] !== undefined) reply.header('cross-origin-opener-policy', 'same-origin')
}

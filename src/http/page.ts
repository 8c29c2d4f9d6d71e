// A small page without a script: for people who open an address of the service in a browser.
import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'

const STYLE = `:root{color-scheme:light dark}
body{margin:0 auto;max-width:40rem;padding:12vh 1rem 2rem;font:1rem/1.6 system-ui,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.2}
dt{font-weight:600;margin-top:1rem}
dd{margin:0}`

/** The style is allowed by its hash, the empty icon keeps browsers from asking for one, and nothing else is. */
const PAGE_POLICY = [
  "default-src 'none'", `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`, 'img-src data:', "base-uri 'none'",
  "form-action 'none'", "frame-ancestors 'none'"
].join(';')

/** Text without markup, for HTML. */
export function escapeHtml (text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

interface Page {
  /** Text. */
  title: string
  /** HTML. */
  body: string
}

export function sendPage (request: FastifyRequest, reply: FastifyReply, { title, body }: Page): FastifyReply {
  const html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`
  setOpenerPolicy(request, reply)
  return reply.headers({ 'content-security-policy': PAGE_POLICY, 'cache-control': 'no-cache' }).type('text/html; charset=utf-8').send(html)
}

/**
 * No window of another origin gets a handle on the page's window. Browsers apply this on https and on loopback, where they also send
 * Sec-Fetch-Site; elsewhere they log a warning.
 */
export function setOpenerPolicy (request: FastifyRequest, reply: FastifyReply): void {
  if (request.headers['sec-fetch-site'] !== undefined) reply.header('cross-origin-opener-policy', 'same-origin')
}

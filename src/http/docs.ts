import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fp from 'fastify-plugin'
import { downloadUrl, rememberToken } from './docs-page.ts'

/** A page that runs scripts of ours and talks to us, and nothing else; nothing in it asks for https, so that it works on plain http too. */
const PAGE_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "font-src 'self'", "connect-src 'self'",
  "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"
].join(';')

const PREFIX = '/docs'
/**
 * What answers with another address, relative to where it is: whoever stands before us may have moved all of it.
 * Swagger UI has documents of its own, and sends its index.html to itself where there is a query.
 */
const MOVED: Readonly<Record<string, string>> = {
  [`${PREFIX}/json`]: '../openapi.json',
  [`${PREFIX}/yaml`]: '../openapi.yaml',
  [`${PREFIX}/static/index.html`]: '../'
}
/** The page, and where it is without a query: its script puts the name of the document behind that. */
const PAGES: Readonly<Record<string, string>> = { [PREFIX]: PREFIX.slice(1), [`${PREFIX}/`]: './' }

/** Swagger UI at /docs, for the document of `openapi`. A login made in the page authorises the page. */
export const docs = fp(async function docs (app: FastifyInstance) {
  // The page's own routes would write the document down for each request.
  app.addHook('onRoute', (route) => {
    const moved = MOVED[route.url]
    if (moved !== undefined) route.handler = (_request, reply) => reply.redirect(moved)
  })
  await app.register(swaggerUi, {
    routePrefix: PREFIX,
    staticCSP: PAGE_POLICY,
    uiHooks: { onRequest: isolate, preHandler: dropQuery },
    theme: { title: 'gatepass' },
    uiConfig: {
      // Without the bar on top, which would load any document from anywhere.
      layout: 'BaseLayout',
      persistAuthorization: false,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      docExpansion: 'list',
      plugins: [downloadUrl, rememberToken]
    }
  })
}, { name: 'docs', fastify: '5.x', dependencies: ['openapi'] })

/**
 * No window of another origin has a hold on that of the page. Browsers heed that, and send Sec-Fetch-Site, on https and on this machine;
 * elsewhere they complain of it.
 */
function isolate (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  if (request.headers['sec-fetch-site'] !== undefined) reply.header('cross-origin-opener-policy', 'same-origin')
  done()
}

function dropQuery (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  const [path = '', query] = request.url.split('?', 2)
  const page = query === undefined ? undefined : PAGES[path]
  if (page === undefined) done()
  else reply.redirect(page)
}

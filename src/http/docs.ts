import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fp from 'fastify-plugin'
import { authorizeAfterLogin, callThisServer, downloadUrl, prefillLogin, resolveParts } from './docs-plugins.ts'
import { DOCS_SCRIPT, DOCS_STYLE, docsPage } from './docs-page.ts'
import { setOpenerPolicy } from './page.ts'

/** The page runs our scripts and calls our API, nothing else. No `upgrade-insecure-requests`: it has to work on plain http too. */
const PAGE_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:", "font-src 'self'",
  "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"
].join(';')

const PREFIX = '/docs'
/**
 * Routes of Swagger UI that redirect to ours. The targets are relative, because a proxy may serve us below a prefix. Swagger UI has
 * documents of its own, and its index.html redirects to itself when it has a query.
 */
const REDIRECTS: Readonly<Record<string, string>> = {
  [`${PREFIX}/json`]: '../openapi.json',
  [`${PREFIX}/yaml`]: '../openapi.yaml',
  [`${PREFIX}/static/index.html`]: '../'
}
/** The page by path, with its address without a query: its script appends the name of the document to the address. */
const PAGES: Readonly<Record<string, string>> = { [PREFIX]: PREFIX.slice(1), [`${PREFIX}/`]: './' }

/** Swagger UI at /docs, for the document of `openapi`. A login in the page authorizes the page. */
export const docs = fp(async function docs (app: FastifyInstance) {
  // Swagger UI's own routes serialize the document for each request, and its page has no viewport.
  app.addHook('onRoute', (route) => {
    const target = REDIRECTS[route.url]
    if (target !== undefined) route.handler = (_request, reply) => reply.redirect(target)
    if (route.url in PAGES) route.handler = sendDocsPage
  })
  await app.register(swaggerUi, {
    routePrefix: PREFIX,
    staticCSP: PAGE_POLICY,
    uiHooks: { onRequest: protectWindow, preHandler: redirectWithoutQuery },
    theme: {
      css: [{ filename: 'docs.css', content: DOCS_STYLE }],
      js: [{ filename: 'docs.js', content: DOCS_SCRIPT }]
    },
    uiConfig: {
      // Without the top bar, which loads any document from anywhere.
      layout: 'BaseLayout',
      persistAuthorization: false,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      docExpansion: 'list',
      plugins: [downloadUrl, callThisServer, prefillLogin, resolveParts, authorizeAfterLogin]
    }
  })
}, { name: 'docs', fastify: '5.x', dependencies: ['openapi'] })

/** One handler for both addresses: Fastify gives them one route. */
function sendDocsPage ({ url }: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.type('text/html; charset=utf-8').send(docsPage(PAGES[url] ?? './'))
}

function protectWindow (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  setOpenerPolicy(request, reply)
  done()
}

function redirectWithoutQuery (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  const [path = '', query] = request.url.split('?', 2)
  const page = query === undefined ? undefined : PAGES[path]
  if (page === undefined) done()
  else reply.redirect(page)
}

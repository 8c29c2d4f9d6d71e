import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import fp from 'fastify-plugin'

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
  // Swagger UI's own routes serialize the document for each request.
  app.addHook('onRoute', (route) => {
    const target = REDIRECTS[route.url]
    if (target !== undefined) route.handler = (_request, reply) => reply.redirect(target)
  })
  await app.register(swaggerUi, {
    routePrefix: PREFIX,
    staticCSP: PAGE_POLICY,
    uiHooks: { onRequest: setOpenerPolicy, preHandler: redirectWithoutQuery },
    theme: { title: 'gatepass' },
    uiConfig: {
      // Without the top bar, which loads any document from anywhere.
      layout: 'BaseLayout',
      persistAuthorization: false,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      docExpansion: 'list',
      plugins: [downloadUrl, callThisServer, authorizeAfterLogin]
    }
  })
}, { name: 'docs', fastify: '5.x', dependencies: ['openapi'] })

/**
 * No window of another origin gets a handle on the page's window. Browsers apply this on https and on loopback, where they also send
 * Sec-Fetch-Site; elsewhere they log a warning.
 */
function setOpenerPolicy (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  if (request.headers['sec-fetch-site'] !== undefined) reply.header('cross-origin-opener-policy', 'same-origin')
  done()
}

function redirectWithoutQuery (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction): void {
  const [path = '', query] = request.url.split('?', 2)
  const page = query === undefined ? undefined : PAGES[path]
  if (page === undefined) done()
  else reply.redirect(page)
}

// The functions below run in the page. Each is sent as its own source text, so it can use nothing from outside itself.

interface SwaggerUi {
  authActions: {
    authorize (credentials: Record<string, { value: string, schema: unknown }>): void
    logout (names: readonly string[]): void
  }
  specSelectors: { specJson (): { getIn (path: readonly string[]): { toJS (): unknown } | undefined } }
}

interface PageResponse {
  ok?: boolean
  text?: string
}

type UpdateDocument = (document: object) => unknown
type SetResponse = (path: string, method: string, response: PageResponse) => unknown

declare const SwaggerUIBundle: { plugins: { DownloadUrl (system: unknown): object } }

/** Swagger UI's default plugin: it has to be named when `plugins` is given. */
function downloadUrl (system: unknown): object {
  return SwaggerUIBundle.plugins.DownloadUrl(system)
}

/** The page may only call its own origin, which ISSUER need not be: on a developer's machine, and behind a proxy. */
function callThisServer () {
  const servers = [{ url: '/', description: 'The server of this page.' }]
  return {
    statePlugins: {
      spec: { wrapActions: { updateJsonSpec: (update: UpdateDocument): UpdateDocument => (document) => update({ ...document, servers }) } }
    }
  }
}

/** A login or a refresh in the page authorizes it; a logout takes the authorization back. */
function authorizeAfterLogin () {
  function onResponse (system: SwaggerUi, path: string, { ok, text }: PageResponse): void {
    if (ok !== true) return
    if (path === '/auth/logout') system.authActions.logout(['bearer'])
    if (path !== '/auth/login' && path !== '/auth/refresh') return
    const { access_token: value } = JSON.parse(text ?? '{}')
    const schema = system.specSelectors.specJson().getIn(['components', 'securitySchemes', 'bearer'])?.toJS()
    if (typeof value === 'string' && schema !== undefined) system.authActions.authorize({ bearer: { value, schema } })
  }

  return {
    statePlugins: {
      spec: {
        wrapActions: {
          setResponse: (setResponse: SetResponse, system: SwaggerUi): SetResponse => (path, method, response) => {
            onResponse(system, path, response)
            return setResponse(path, method, response)
          }
        }
      }
    }
  }
}

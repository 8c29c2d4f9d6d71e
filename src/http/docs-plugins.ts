// Plugins of Swagger UI, which run in the page. Each is sent as its own source text, so it can use nothing from outside itself.

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

/** As far as the example of the login. */
interface LoginDocument {
  paths?: Record<string, { post?: { requestBody?: { content?: Record<string, { example?: object }> } } } | undefined>
}

type UpdateDocument = (document: object) => unknown
type SetResponse = (path: string, method: string, response: PageResponse) => unknown

interface ApiDocument {
  paths: Record<string, object | undefined>
  /** By kind and name. */
  components: Record<string, Record<string, object> | undefined>
}

/** Follows the references in the part of a document that a path names. */
type ResolveSubtree = (document: ApiDocument, path: readonly string[], options: object) => Promise<unknown>

/** What is used of the browser. */
declare const location: { hash: string, pathname: string, search: string }
declare const history: { replaceState (state: null, unused: string, url: string): void }

declare const SwaggerUIBundle: { plugins: { DownloadUrl (system: unknown): object } }

/** Swagger UI's default plugin: it has to be named when `plugins` is given. */
export function downloadUrl (system: unknown): object {
  return SwaggerUIBundle.plugins.DownloadUrl(system)
}

/** The page may only call its own origin, which ISSUER need not be: on a developer's machine, and behind a proxy. */
export function callThisServer () {
  const servers = [{ url: '/', description: 'The server of this page.' }]
  return {
    statePlugins: {
      spec: { wrapActions: { updateJsonSpec: (update: UpdateDocument): UpdateDocument => (document) => update({ ...document, servers }) } }
    }
  }
}

/**
 * Fills the body of the login with the e-mail and the password behind `#` in the address, which only the first start prints: a browser does
 * not send that part to the server. It is taken out of the address at once.
 */
export function prefillLogin () {
  const given = new URLSearchParams(location.hash.slice(1))
  const [email, password] = [given.get('email'), given.get('password')]
  if (email === null || password === null) return {}
  history.replaceState(null, '', `${location.pathname}${location.search}`)

  function fill (document: LoginDocument): LoginDocument {
    const media = document.paths?.['/auth/login']?.post?.requestBody?.content?.['application/json']
    if (media !== undefined) media.example = { ...media.example, email, password }
    return document
  }

  return {
    statePlugins: {
      spec: { wrapActions: { updateJsonSpec: (update: UpdateDocument): UpdateDocument => (document) => update(fill(document)) } }
    }
  }
}

/**
 * For each operation that is opened, Swagger UI would go through the whole document, for a second: it gets what it asks for, and what that
 * refers to.
 */
export function resolveParts ({ fn: { resolveSubtree } }: { fn: { resolveSubtree: ResolveSubtree } }) {
  function resolve (document: ApiDocument, path: readonly string[], options: object): Promise<unknown> {
    const [part, name = ''] = path
    if (part !== 'paths' && part !== 'components') return resolveSubtree(document, path, options)
    const paths = part === 'paths' ? { [name]: document.paths[name] } : {}
    const { components: all } = document
    const components: ApiDocument['components'] = part === 'components' ? { [name]: all[name] ?? {} } : {}

    function addReferences (value: object): void {
      for (const [, kind = '', name = ''] of JSON.stringify(value).matchAll(/"#\/components\/([^/"]+)\/([^/"]+)/g)) {
        const component = all[kind]?.[name]
        if (component === undefined || components[kind]?.[name] !== undefined) continue
        components[kind] = { ...components[kind], [name]: component }
        addReferences(component)
      }
    }

    addReferences([paths, components])
    return resolveSubtree({ ...document, paths, components }, path, options)
  }

  return { fn: { resolveSubtree: resolve } }
}

/** A login or a refresh in the page authorizes it; a logout takes the authorization back. */
export function authorizeAfterLogin () {
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

// What runs in the page of Swagger UI: each function is sent as its own source, so it may use nothing from outside.

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

type SetResponse = (path: string, method: string, response: PageResponse) => unknown

declare const SwaggerUIBundle: { plugins: { DownloadUrl (system: unknown): object } }

/** The plugin that Swagger UI loads unless told which. */
export function downloadUrl (system: unknown): object {
  return SwaggerUIBundle.plugins.DownloadUrl(system)
}

/** Logging in or refreshing in the page presses its Authorize button; logging out lets go of it. */
export function rememberToken () {
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

// A client of the service over HTTP, as a person with curl would be one.

export interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

/** Asks the service; an empty body is an empty object. */
export async function ask (url: string, { method = 'GET', token, body, headers = {} }: { method?: string, token?: string, body?: unknown, headers?: Record<string, string> } = {}): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers
    },
    ...(body !== undefined && { body: JSON.stringify(body) })
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
}

export interface SessionTokens {
  accessToken: string
  refreshToken: string
  sessionId: string
}

/** @throws when the answer holds no tokens */
export function tokensIn ({ status, body }: Answer): SessionTokens {
  const { access_token: accessToken, refresh_token: refreshToken, session_id: sessionId } = body
  if (typeof accessToken !== 'string' || typeof refreshToken !== 'string' || typeof sessionId !== 'string') throw new Error(`no tokens: ${status} ${JSON.stringify(body)}`)
  return { accessToken, refreshToken, sessionId }
}

export async function logIn (address: string, email: string, password: string): Promise<SessionTokens> {
  return tokensIn(await ask(`${address}/auth/login`, { method: 'POST', body: { email, password } }))
}

export function refresh (address: string, refreshToken: string): Promise<Answer> {
  return ask(`${address}/auth/refresh`, { method: 'POST', body: { refresh_token: refreshToken } })
}

// A client of the service over HTTP.
import { decodeClaims } from './tokens.ts'

export interface ApiResponse {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

interface RequestOptions {
  method?: string
  /** An access token. */
  token?: string
  /** Sent as JSON. */
  body?: unknown
  headers?: Record<string, string>
}

/** @returns the response; an empty body is an empty object */
export async function ask (url: string, { method = 'GET', token, body, headers = {} }: RequestOptions = {}): Promise<ApiResponse> {
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
  refreshExpiresIn: unknown
  /** Of the access token. */
  claims: Record<string, string | number>
}

/** @throws when the response holds no tokens */
export function parseTokens ({ status, body }: Pick<ApiResponse, 'status' | 'body'>): SessionTokens {
  const { access_token: accessToken, refresh_token: refreshToken, session_id: sessionId, refresh_expires_in: refreshExpiresIn } = body
  if (typeof accessToken !== 'string' ||
    typeof refreshToken !== 'string' || typeof sessionId !== 'string') throw new Error(`no tokens: ${status} ${JSON.stringify(body)}`)
  return { accessToken, refreshToken, sessionId, refreshExpiresIn, claims: decodeClaims(accessToken) }
}

export async function logIn (address: string, email: string, password: string): Promise<SessionTokens> {
  return parseTokens(await ask(`${address}/auth/login`, { method: 'POST', body: { email, password } }))
}

export function refresh (address: string, refreshToken: string): Promise<ApiResponse> {
  return ask(`${address}/auth/refresh`, { method: 'POST', body: { refresh_token: refreshToken } })
}

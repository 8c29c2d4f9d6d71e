// Logins and refreshes of a service in this process, without a socket.
import type { FastifyInstance } from 'fastify'
import { parseTokens, type SessionTokens } from './client.ts'
import { PASSWORD } from './password.ts'

/** Logs in with PASSWORD. */
export async function logIn (app: FastifyInstance, email = 'ada@example.com'): Promise<SessionTokens> {
  const reply = await app.inject({ method: 'POST', url: '/auth/login', body: { email, password: PASSWORD } })
  return parseTokens({ status: reply.statusCode, body: reply.json() })
}

/** Presents a refresh token. */
export async function refresh (app: FastifyInstance, refreshToken: string, headers: Record<string, string> = {}) {
  return app.inject({ method: 'POST', url: '/auth/refresh', headers, body: { refresh_token: refreshToken } })
}

/** @throws when a refresh token is refused */
export async function refreshTokens (
  app: FastifyInstance, refreshToken: string, headers: Record<string, string> = {}
): Promise<SessionTokens> {
  const reply = await refresh(app, refreshToken, headers)
  return parseTokens({ status: reply.statusCode, body: reply.json() })
}

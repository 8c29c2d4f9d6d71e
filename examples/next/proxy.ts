// Runs before pages and route handlers. It is the only place that can refresh: a page cannot set cookies.
import { Rejection } from 'gatepass-verify/web'
import { NextResponse, type NextRequest } from 'next/server'
import { guardApp, withToken } from './lib/gatepass'
import { ACCESS_COOKIE, clearTokens, refresh, REFRESH_COOKIE, setTokens, type Tokens } from './lib/session'

export const config = { matcher: ['/login', '/reports/:path*', '/api/:path*'] }

export async function proxy (request: NextRequest): Promise<NextResponse> {
  const { cookies, method, nextUrl } = request
  const isLogin = nextUrl.pathname === '/login'
  const refreshToken = cookies.get(REFRESH_COOKIE)?.value
  // A page that has found no user leads to the login, where a session that goes on is refreshed.
  const isDone = isLogin ? refreshToken === undefined || method !== 'GET' : await isUsable(cookies.get(ACCESS_COOKIE)?.value)
  if (isDone) return NextResponse.next()

  let tokens: Tokens | undefined
  try {
    tokens = refreshToken === undefined ? undefined : await refresh(refreshToken)
  } catch {
    // The session may go on: the cookies stay.
    return new NextResponse('The service cannot be reached at the moment.', { status: 503, headers: { 'retry-after': '5' } })
  }
  if (tokens === undefined) {
    const isPage = !isLogin && !nextUrl.pathname.startsWith('/api/')
    const response = isPage ? NextResponse.redirect(new URL('/login', nextUrl)) : NextResponse.next()
    clearTokens(response.cookies)
    return withoutCache(response)
  }
  if (isLogin && await isUsable(tokens.access_token)) {
    return withTokens(NextResponse.redirect(new URL('/reports', nextUrl)), tokens)
  }
  // Both what runs next and the browser get the new tokens.
  cookies.set(ACCESS_COOKIE, tokens.access_token)
  cookies.set(REFRESH_COOKIE, tokens.refresh_token)
  return withTokens(NextResponse.next({ request }), tokens)
}

function withTokens (response: NextResponse, tokens: Tokens): NextResponse {
  setTokens(response.cookies, tokens)
  return withoutCache(response)
}

/** Next.js lets caches keep a static page for a year, whatever cookies the response sets. */
function withoutCache (response: NextResponse): NextResponse {
  response.headers.set('cache-control', 'private, no-store')
  return response
}

/** False for a token that is missing, has expired, or was issued before a change of the user's role: a refresh may help. */
async function isUsable (accessToken: string | undefined): Promise<boolean> {
  try {
    await guardApp(withToken(accessToken))
    return true
  } catch (error) {
    if (error instanceof Rejection) return error.status !== 401
    throw error
  }
}

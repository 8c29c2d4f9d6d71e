'use server'
import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { clearTokens, post, REFRESH_COOKIE, setTokens } from '../lib/session'

/** @returns why it has not worked */
export async function logIn (_message: string, form: FormData): Promise<string> {
  // gatepass limits attempts by address, and should see the user's: list this server in its TRUST_PROXY.
  const address = (await headers()).get('x-forwarded-for')
  const credentials = { email: form.get('email'), password: form.get('password') }
  const response = await post('/auth/login', credentials, address === null ? {} : { 'x-forwarded-for': address })
  const body = await response.json()
  if (!response.ok) return body.detail
  setTokens(await cookies(), body)
  redirect('/reports')
}

export async function logOut (): Promise<void> {
  const jar = await cookies()
  const refreshToken = jar.get(REFRESH_COOKIE)?.value
  if (refreshToken !== undefined) {
    const { status } = await post('/auth/logout', { refresh_token: refreshToken })
    if (status !== 204) throw new Error('The session has not ended: try again.')
  }
  clearTokens(jar)
  redirect('/login')
}

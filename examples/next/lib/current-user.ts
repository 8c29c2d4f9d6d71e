import { Rejection } from 'gatepass-verify/web'
import { cookies } from 'next/headers'
import { notFound, redirect } from 'next/navigation'
import { withToken, type Guard, type User } from './gatepass'
import { ACCESS_COOKIE } from './session'

/** The request's access token, for a guard. Its headers are what an API of yours wants, too. */
export async function readCredential (): Promise<Request> {
  return withToken((await cookies()).get(ACCESS_COOKIE)?.value)
}

/** For a page: its user, or another page. */
export async function requireUser (guard: Guard): Promise<User> {
  try {
    return await guard(await readCredential())
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    if (error.status === 401) redirect('/login')
    if (error.status === 403) notFound()
    throw error
  }
}

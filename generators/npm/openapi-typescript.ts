// begin docs/clients.md
import createClient from 'openapi-fetch'
import type { components, paths } from './generated/openapi-typescript'

const { GATEPASS_URL: baseUrl = '', GATEPASS_EMAIL: email = '', GATEPASS_PASSWORD: password = '' } = process.env

const client = createClient<paths>({ baseUrl })
let accessToken: string | undefined
client.use({
  onRequest ({ request }) {
    if (accessToken !== undefined) request.headers.set('authorization', `Bearer ${accessToken}`)
  }
})

/** The data of a response, or the problem as an exception. */
async function read<T> (call: Promise<{ data?: T, error?: components['schemas']['Problem'] }>): Promise<T> {
  const { data, error } = await call
  if (error !== undefined) throw new Error(`${error.status} ${error.code}`)
  return data as T
}

const tokens = await read(client.POST('/auth/login', { body: { email, password, delivery: 'body' } }))
accessToken = tokens.access_token
const me = await read(client.GET('/me'))
// end docs/clients.md
console.log('login', tokens.session_id)
console.log('me', me.role, me.level)
console.log('claims', JSON.stringify(me.claims))

const { sessions } = await read(client.GET('/account/sessions'))
console.log('sessions', sessions.length, sessions[0]?.created_at)
const { keys } = await read(client.GET('/.well-known/jwks.json'))
console.log('keys', ...keys.map(({ alg }) => alg))
console.log('forbidden', await read(client.GET('/admin/users')).catch(({ message }) => message))

// Keep the refresh token of each response: it is the one for the next refresh.
const refreshed = await read(client.POST('/auth/refresh', { body: { refresh_token: tokens.refresh_token } }))
accessToken = refreshed.access_token
console.log('refresh', refreshed.session_id)
await read(client.POST('/auth/logout', { body: { refresh_token: refreshed.refresh_token } }))
console.log('logout')
console.log('refused', await read(client.GET('/me')).catch(({ message }) => message))

// begin docs/clients.md
import { client } from './generated/hey-api/client.gen'
import { listPublicKeys, listMySessions, listUsers, login, logout, refresh, whoAmI } from './generated/hey-api/sdk.gen'
import type { Problem } from './generated/hey-api/types.gen'

const { GATEPASS_URL: baseUrl = '', GATEPASS_EMAIL: email = '', GATEPASS_PASSWORD: password = '' } = process.env

let accessToken = ''
// It is asked for the session cookie of a refresh, too: browsers send that by themselves.
client.setConfig({ baseUrl, auth: ({ type }) => type === 'http' ? accessToken : undefined })

const { data: tokens } = await login({ body: { email, password }, throwOnError: true })
accessToken = tokens.access_token
const { data: me } = await whoAmI({ throwOnError: true })
// What is thrown is the problem itself.
const forbidden = await listUsers({ throwOnError: true }).then(() => undefined, (problem: Problem) => problem)
// end docs/clients.md
console.log('login', tokens.session_id)
console.log('me', me.role, me.level)
console.log('claims', JSON.stringify(me.claims))

const { data: { sessions } } = await listMySessions({ throwOnError: true })
console.log('sessions', sessions.length, sessions[0]?.created_at)
const { data: { keys } } = await listPublicKeys({ throwOnError: true })
console.log('keys', ...keys.map(({ alg }) => alg))
console.log('forbidden', forbidden?.status, forbidden?.code)

// Keep the refresh token of each response: it is the one for the next refresh.
const { data: refreshed } = await refresh({ body: { refresh_token: tokens.refresh_token }, throwOnError: true })
accessToken = refreshed.access_token
console.log('refresh', refreshed.session_id)
await logout({ body: { refresh_token: refreshed.refresh_token }, throwOnError: true })
console.log('logout')
const { error: refused } = await whoAmI({ throwOnError: false })
console.log('refused', refused?.status, refused?.code)

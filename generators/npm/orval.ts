// begin docs/clients.md
import { listPublicKeys, listMySessions, listUsers, login, logout, refresh, whoAmI } from './generated/orval/api'
import * as schemas from './generated/orval/schemas'
import { useToken } from './orval-send'

const { GATEPASS_EMAIL: email = '', GATEPASS_PASSWORD: password = '' } = process.env

const loggedIn = await login(schemas.loginBody.parse({ email, password }))
if (loggedIn.status !== 200) throw new Error(loggedIn.data.code)
const tokens = schemas.loginResponse.parse(loggedIn.data)
useToken(tokens.access_token)
const me = schemas.whoAmIResponse.parse((await whoAmI()).data)
// end docs/clients.md
console.log('login', tokens.session_id)
console.log('me', me.role, me.level)
console.log('claims', JSON.stringify(me.claims))

const { sessions } = schemas.listMySessionsResponse.parse((await listMySessions()).data)
console.log('sessions', sessions.length, sessions[0]?.created_at)
const { keys } = schemas.listPublicKeysResponse.parse((await listPublicKeys()).data)
console.log('keys', ...keys.map(({ alg }) => alg))
const forbidden = await listUsers()
if (forbidden.status === 403) console.log('forbidden', forbidden.status, forbidden.data.code)

// Keep the refresh token of each response: it is the one for the next refresh.
const response = await refresh({ refresh_token: tokens.refresh_token })
const refreshed = schemas.refreshResponse.parse(response.data)
useToken(refreshed.access_token)
console.log('refresh', refreshed.session_id)
const { status } = await logout({ refresh_token: refreshed.refresh_token })
if (status === 204) console.log('logout')
const refused = await whoAmI()
if (refused.status === 401) console.log('refused', refused.status, refused.data.code)

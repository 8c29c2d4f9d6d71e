// begin docs/clients.md
import {
  AccountApi, AdminApi, AuthenticationApi, Configuration, KeysApi, ProblemFromJSON, ResponseError, type Problem
} from './generated/typescript-fetch'

const { GATEPASS_URL: basePath = '', GATEPASS_EMAIL: email = '', GATEPASS_PASSWORD: password = '' } = process.env

let accessToken = ''
const configuration = new Configuration({ basePath, accessToken: () => accessToken })
const authentication = new AuthenticationApi(configuration)
const account = new AccountApi(configuration)

/** The problem that a call ends with. */
async function readProblem (call: Promise<unknown>): Promise<Problem | undefined> {
  try {
    await call
    return undefined
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error
    return ProblemFromJSON(await error.response.json())
  }
}

const tokens = await authentication.login({ loginRequest: { email, password } })
accessToken = tokens.accessToken
const me = await account.whoAmI()
const forbidden = await readProblem(new AdminApi(configuration).listUsers())
// end docs/clients.md
console.log('login', tokens.sessionId)
console.log('me', me.role, me.level)
console.log('claims', JSON.stringify(me.claims))

const { sessions } = await account.listMySessions()
console.log('sessions', sessions.length, sessions[0]?.createdAt.toISOString())
const { keys } = await new KeysApi(configuration).listPublicKeys()
console.log('keys', ...keys.map(({ alg }) => alg))
console.log('forbidden', forbidden?.status, forbidden?.code)

// Keep the refresh token of each response: it is the one for the next refresh.
const refreshed = await authentication.refresh({ refreshRequest: { refreshToken: tokens.refreshToken } })
accessToken = refreshed.accessToken
console.log('refresh', refreshed.sessionId)
await authentication.logout({ logoutRequest: { refreshToken: refreshed.refreshToken } })
console.log('logout')
const refused = await readProblem(account.whoAmI())
console.log('refused', refused?.status, refused?.code)

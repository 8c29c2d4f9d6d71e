// The refresh of other libraries: a session of better-auth that is due, and a refresh token of oidc-provider.
import { betterAuthOn, createCookie, countRefreshed, createBetterAuth, refreshWithCookie } from './better-auth-data.js'
import { competitorVersion } from './installed.js'
import { countRotated, createOidcProvider, oidcProviderOn, refreshGrant } from './oidc-provider-data.js'

/** better-auth refreshes a session after a day; each session is used once. */
const UNUSED_DAYS = 2

/**
 * @typedef {object} Competitor
 * @property {string} name
 * @property {string} title
 * @property {string} url of its database
 * @property {import('../harness/processes.js').Program} program
 * @property {(numbers: number[]) => Promise<import('../harness/load.js').Request[]>} getRequests a refresh of each of these sessions
 * @property {() => Promise<number>} countMoved sessions that were refreshed
 */

/**
 * @param {import('../harness/database.js').Databases} databases
 * @param {number} sessions
 * @returns {Promise<Competitor[]>}
 */
export async function createRefreshCompetitors (databases, sessions) {
  const counts = { users: sessions / 10, sessions }
  const betterAuth = await createBetterAuth(databases, 'better_auth', { ...counts, unusedDays: UNUSED_DAYS })
  const oidcProvider = await createOidcProvider(databases, 'oidc_provider', counts)
  return [
    {
      name: 'better-auth',
      title: `${competitorVersion('better-auth')}, a session that is due`,
      url: betterAuth,
      program: betterAuthOn(betterAuth),
      getRequests: async (numbers) => numbers.map((number) => refreshWithCookie(createCookie(number))),
      countMoved: () => countRefreshed(betterAuth)
    },
    {
      name: 'oidc-provider',
      title: `${competitorVersion('oidc-provider')}, refresh grant`,
      url: oidcProvider,
      program: oidcProviderOn(oidcProvider),
      getRequests: async (numbers) => numbers.map(refreshGrant),
      countMoved: () => countRotated(oidcProvider)
    }
  ]
}

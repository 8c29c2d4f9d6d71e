// What a team would call a refresh instead: a session of better-auth that is due, and a refresh token of oidc-provider.
import { betterAuthOn, cookieOf, countRefreshed, createBetterAuth, refreshWithCookie } from './better-auth-data.js'
import { rivalVersionOf } from './installed.js'
import { countRotated, createOidcProvider, oidcProviderOn, refreshGrant } from './oidc-provider-data.js'

/** A day is when better-auth refreshes; each session is used once. */
const UNUSED_DAYS = 2

/**
 * @typedef {object} Rival
 * @property {string} name
 * @property {string} title
 * @property {string} url of its database
 * @property {import('../harness/processes.js').Program} program
 * @property {(numbers: number[]) => Promise<import('../harness/load.js').Request[]>} requestsOf a refresh of each of these sessions
 * @property {() => Promise<number>} countMoved sessions that were refreshed
 */

/**
 * @param {import('../harness/database.js').Databases} databases
 * @param {number} sessions
 * @returns {Promise<Rival[]>}
 */
export async function refreshRivals (databases, sessions) {
  const counts = { users: sessions / 10, sessions }
  const betterAuth = await createBetterAuth(databases, 'better_auth', { ...counts, unusedDays: UNUSED_DAYS })
  const oidcProvider = await createOidcProvider(databases, 'oidc_provider', counts)
  return [
    {
      name: 'better-auth',
      title: `${rivalVersionOf('better-auth')}, a session that is due`,
      url: betterAuth,
      program: betterAuthOn(betterAuth),
      requestsOf: async (numbers) => numbers.map((number) => refreshWithCookie(cookieOf(number))),
      countMoved: () => countRefreshed(betterAuth)
    },
    {
      name: 'oidc-provider',
      title: `${rivalVersionOf('oidc-provider')}, refresh grant`,
      url: oidcProvider,
      program: oidcProviderOn(oidcProvider),
      requestsOf: async (numbers) => numbers.map(refreshGrant),
      countMoved: () => countRotated(oidcProvider)
    }
  ]
}

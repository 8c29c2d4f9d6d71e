// The login of better-auth, with the service's password hash and its parameters.
import { countResponses } from '../harness/load.js'
import { betterAuthOn, createCookie, createBetterAuth, requestWithCookie, signIn } from './better-auth-data.js'
import { competitorVersion } from './installed.js'

/** @typedef {Awaited<ReturnType<typeof createLoginCompetitor>>} Competitor */

/**
 * @param {import('../harness/database.js').Databases} databases
 * @param {{ users: number, passwordHash: string, password: string }} options users are user0@example.com and so on
 */
export async function createLoginCompetitor (databases, { users, passwordHash, password }) {
  const url = await createBetterAuth(databases, 'better_auth', { users, sessions: users, passwordHash })
  return {
    title: `sign-in of ${competitorVersion('better-auth')}, on Fastify`,
    program: betterAuthOn(url),
    /** Each for another user, from another address. */
    requests: Array.from(
      { length: users }, (_, index) => signIn(`user${index}@example.com`, password, `10.0.${index >> 8}.${index & 255}`)
    ),
    /**
     * Checks that it rejects a wrong password, and warms it up.
     *
     * @param {{ address: string }} server
     * @param {import('../harness/load.js').LoadGenerator} load
     * @param {number} amount
     */
    async warmUp ({ address }, load, amount) {
      countResponses(
        await load.run({ address, requests: [signIn('user0@example.com', `not ${password}`)], connections: 1, amount: 1 }), 401
      )
      countResponses(await load.run({
        address, requests: Array.from({ length: 8 }, (_, index) => requestWithCookie(createCookie(index))), connections: 8, amount
      }))
    }
  }
}

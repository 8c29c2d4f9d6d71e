// What a team would log in with instead: better-auth's sign-in, with the service's own password hash at the service's own cost.
import { answersOf } from '../harness/load.js'
import { betterAuthOn, cookieOf, createBetterAuth, requestWithCookie, signIn } from './better-auth-data.js'
import { installRivals, rivalVersionOf } from './installed.js'

/** @typedef {Awaited<ReturnType<typeof loginRival>>} Rival undefined where it could not be installed */

/**
 * @param {import('../harness/database.js').Databases} databases
 * @param {{ users: number, passwordHash: string, password: string }} options users are user0@example.com and so on
 */
export async function loginRival (databases, { users, passwordHash, password }) {
  if (!installRivals()) return undefined
  const url = await createBetterAuth(databases, 'better_auth', { users, sessions: users, passwordHash })
  return {
    title: `sign-in of ${rivalVersionOf('better-auth')}, on Fastify`,
    program: betterAuthOn(url),
    /** Each of another user, from another address. */
    requests: Array.from({ length: users }, (_, index) => signIn(`user${index}@example.com`, password, `10.0.${index >> 8}.${index & 255}`)),
    /**
     * Sees that it refuses a wrong password, and has it serve for a while.
     *
     * @param {{ address: string }} server
     * @param {import('../harness/load.js').LoadGenerator} load
     * @param {number} amount
     */
    async warmUp ({ address }, load, amount) {
      answersOf(await load.run({ address, requests: [signIn('user0@example.com', `not ${password}`)], connections: 1, amount: 1 }), 401)
      answersOf(await load.run({ address, requests: Array.from({ length: 8 }, (_, index) => requestWithCookie(cookieOf(index))), connections: 8, amount }))
    }
  }
}

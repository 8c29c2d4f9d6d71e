// One who has every token that was revoked, and tries them everywhere, all the time.
import { setTimeout as sleep } from 'node:timers/promises'

/** After a fault, verifiers may take so long to find each other and the news again; a listener and a feed pause for seconds. */
export const NEWS_MS = 20_000

/**
 * @typedef {{ token: string, sessionId: string, revokedAt: number }} Loot
 * @typedef {ReturnType<typeof createThief>} Thief
 */

/**
 * @param {{ world: import('./world.js').World, ledger: import('./ledger.js').Ledger, random: import('./random.js').Random, calmSince: () => number }} options
 */
export function createThief ({ world, ledger, random, calmSince }) {
  /** @type {Loot[]} */
  const loot = []
  /** @type {Set<string>} verifier, its life, and token */
  const refusals = new Set()

  /**
   * @param {Loot} loot
   * @param {import('./world.js').Program} verifier
   * @returns {Promise<boolean>} whether it is accepted
   */
  async function tries ({ token, sessionId, revokedAt }, verifier) {
    const isDue = performance.now() - Math.max(revokedAt, calmSince()) > NEWS_MS
    const life = `${verifier.name} ${verifier.lives} ${token}`
    const wasRefused = refusals.has(life)
    const answer = await world.ask(verifier, 'revoked token', verifier.guarded, { token })
    if (answer === undefined) return false
    // A 403 knows who is asking, too.
    const isAccepted = answer.status === 200 || answer.status === 403
    if (answer.status === 401 && verifier.isUp) refusals.add(life)
    if (isAccepted && wasRefused) ledger.breach('what was refused once is never accepted again', { session: sessionId, program: verifier.name })
    if (isAccepted && isDue) ledger.breach('no revoked token is accepted', { session: sessionId, program: verifier.name })
    return isAccepted
  }

  return {
    loot,
    /**
     * @param {import('./person.js').Token} token
     * @param {string} sessionId
     */
    take (token, sessionId) {
      if (token.isWatched) return
      token.isWatched = true
      loot.push({ token: token.accessToken, sessionId, revokedAt: performance.now() })
    },
    /** @param {() => boolean} isOver */
    async live (isOver) {
      while (!isOver()) {
        await sleep(random.between(10, 60))
        if (loot.length > 0) await tries(random.pick(loot), random.pick(world.verifiers))
      }
    },
    /** @returns {Promise<number>} how many tokens are accepted by somebody, all tried everywhere */
    async tryAll () {
      let accepted = 0
      for (const verifier of world.verifiers) {
        for (const one of loot) if (await tries(one, verifier)) accepted++
      }
      return accepted
    }
  }
}

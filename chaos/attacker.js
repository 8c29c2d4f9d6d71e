// An attacker who has every revoked token, and tries them at every verifier all the time.
import { setTimeout as sleep } from 'node:timers/promises'

/** After a fault, a revocation may take so long to reach every verifier: listener and feed reconnect after seconds. */
const MAX_PROPAGATION_MS = 20_000

/**
 * @typedef {{ token: string, sessionId: string, revokedAt: number }} StolenToken
 * @typedef {import('./environment.js').ServerProcess} ServerProcess
 *
 * @typedef {object} AttackerOptions
 * @property {import('./environment.js').Environment} environment
 * @property {import('./invariants.js').Invariants} invariants
 * @property {import('./random.js').Random} random
 * @property {() => number} faultFreeSince Infinity while there is a fault
 */

export class Attacker {
  /** @type {StolenToken[]} */
  stolenTokens = []
  /** @type {Set<string>} verifier, its number of starts, and token */
  #rejections = new Set()
  /** @type {AttackerOptions} */
  #options

  /** @param {AttackerOptions} options */
  constructor (options) {
    this.#options = options
  }

  /**
   * @param {import('./honest-client.js').Token} token that is revoked
   * @param {string} sessionId
   */
  add (token, sessionId) {
    if (token.isWatched) return
    token.isWatched = true
    this.stolenTokens.push({ token: token.accessToken, sessionId, revokedAt: performance.now() })
  }

  /** @param {() => boolean} isOver */
  async run (isOver) {
    const { environment, random } = this.#options
    while (!isOver()) {
      await sleep(random.between(10, 60))
      if (this.stolenTokens.length > 0) await this.#try(random.pick(this.stolenTokens), random.pick(environment.verifiers))
    }
  }

  /**
   * Tries every token at every verifier.
   *
   * @returns {Promise<number>} how often one was accepted
   */
  async tryAll () {
    let accepted = 0
    for (const verifier of this.#options.environment.verifiers) {
      for (const stolen of this.stolenTokens) if (await this.#try(stolen, verifier)) accepted++
    }
    return accepted
  }

  /**
   * @param {StolenToken} stolen
   * @param {ServerProcess} verifier
   * @returns {Promise<boolean>} whether it is accepted
   */
  async #try ({ token, sessionId, revokedAt }, verifier) {
    const { environment, invariants, faultFreeSince } = this.#options
    const details = { session: sessionId, server: verifier.name }
    const mustBeRejected = performance.now() - Math.max(revokedAt, faultFreeSince()) > MAX_PROPAGATION_MS
    const key = `${verifier.name} ${verifier.starts} ${token}`
    const wasRejected = this.#rejections.has(key)
    const response = await environment.request(verifier, 'revoked token', verifier.guardedPath, { token })
    if (response === undefined) return false
    // A 403 means that the token itself was accepted.
    const isAccepted = response.status === 200 || response.status === 403
    if (response.status === 401 && verifier.isUp) this.#rejections.add(key)
    if (isAccepted && wasRejected) invariants.violate('a token that was rejected once is never accepted again', details)
    if (isAccepted && mustBeRejected) invariants.violate('no revoked token is accepted', details)
    return isAccepted
  }
}

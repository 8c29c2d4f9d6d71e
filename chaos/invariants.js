// Counts what happened, and records every violation of an invariant.

const EXPECTED_ERRORS = new Set([401, 403, 429, 503])
const MAX_VIOLATIONS = 50

/** @typedef {{ invariant: string, details: unknown }} Violation */

export class Invariants {
  /** @type {Violation[]} */
  violations = []
  /** @type {Map<string, number>} */
  #counts = new Map()
  #startedAt = performance.now()

  /** @returns {Record<string, number>} by name, sorted */
  get counts () {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => a < b ? -1 : 1))
  }

  /** @param {string} name */
  count (name) {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  /**
   * @param {string} invariant that does not hold
   * @param {object} details
   */
  violate (invariant, details) {
    if (this.violations.length >= MAX_VIOLATIONS) return
    this.violations.push({ invariant, details: { afterMs: Math.round(performance.now() - this.#startedAt), ...details } })
  }

  /**
   * @param {string} name of the request
   * @param {import('./request.js').HttpResponse} response
   */
  checkResponse (name, { status, headers, body }) {
    this.count(`${name}: ${status}`)
    if ((status < 200 || status > 299) && !EXPECTED_ERRORS.has(status)) {
      this.violate('every response is 2xx, 401, 403, 429 or 503', { name, status, body })
    }
    if ((status === 429 || status === 503) && headers['retry-after'] === undefined) {
      this.violate('429 and 503 have Retry-After', { name, status, body })
    }
  }
}

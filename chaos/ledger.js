// What was answered, what happened, and what never may.

const ALLOWED = new Set([401, 403, 429, 503])
const MOST_BREACHES = 50

/** @typedef {ReturnType<typeof createLedger>} Ledger */

export function createLedger () {
  /** @type {Map<string, number>} */
  const counts = new Map()
  /** @type {Array<{ sentence: string, details: unknown }>} */
  const breaches = []
  const begunAt = performance.now()

  /** @param {string} name */
  function count (name) {
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }

  /**
   * @param {string} sentence what was promised and is not so
   * @param {object} details
   */
  function breach (sentence, details) {
    if (breaches.length < MOST_BREACHES) breaches.push({ sentence, details: { afterMs: Math.round(performance.now() - begunAt), ...details } })
  }

  return {
    count,
    breach,
    breaches,
    /** @param {string} name */
    countOf: (name) => counts.get(name) ?? 0,
    counts: () => Object.fromEntries([...counts].sort(([a], [b]) => a < b ? -1 : 1)),
    /**
     * @param {string} name of the request
     * @param {import('./ask.js').Answer} answer
     */
    answered (name, { status, headers, body }) {
      count(`${name}: ${status}`)
      if ((status < 200 || status > 299) && !ALLOWED.has(status)) breach('an answer is 2xx, 401, 403, 429 or 503', { name, status, body })
      if ((status === 429 || status === 503) && headers['retry-after'] === undefined) breach('who is sent away is told when to come back', { name, status, body })
    }
  }
}

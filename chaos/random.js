// Seeded random numbers: the same seed makes the same choices.

/** @typedef {ReturnType<typeof createRandom>} Random */

/**
 * @param {number} seed a whole number
 */
export function createRandom (seed) {
  let state = seed >>> 0

  /** @returns at least 0, below 1 (mulberry32) */
  function next () {
    state = (state + 0x6D2B79F5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  return {
    next,
    /** @param {number} probability */
    chance: (probability) => next() < probability,
    /**
     * @param {number} min
     * @param {number} max
     */
    between: (min, max) => min + next() * (max - min),
    /**
     * @template T
     * @param {readonly T[]} list not empty
     * @returns {T}
     */
    pick: (list) => /** @type {T} */ (list[Math.floor(next() * list.length)]),
    /**
     * @template T
     * @param {readonly T[]} list
     */
    shuffled: (list) => list.map((value) => ({ value, at: next() })).sort((a, b) => a.at - b.at).map(({ value }) => value),
    /**
     * An independent sequence for one actor, so that its choices do not depend on the timing of the others.
     *
     * @param {string} name
     */
    fork (name) {
      // FNV-1a
      return createRandom([...name].reduce((hash, letter) => Math.imul(hash ^ letter.charCodeAt(0), 0x01000193), seed ^ 0x811C9DC5))
    }
  }
}

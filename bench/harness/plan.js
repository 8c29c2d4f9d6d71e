/**
 * How long a benchmark takes.
 *
 * @typedef {object} Plan
 * @property {boolean} quick
 * @property {number} rounds each with processes of its own
 * @property {number} warmUp requests, after which a server gets no faster
 * @property {number} slices of each candidate in a round
 * @property {number} slice requests
 */

/** @type {Plan} */
export const FULL = { quick: false, rounds: 3, warmUp: 40_000, slices: 4, slice: 5_000 }

/** Shows that it works, and rough figures. @type {Plan} */
export const QUICK = { quick: true, rounds: 3, warmUp: 10_000, slices: 4, slice: 2_000 }

// The possible values of something when some of its changes were acknowledged and others had no response.

/** A change without a response may still be made so long after it was given up, by a database that was hung. */
export const UNCERTAIN_MS = 30_000

/**
 * @template T
 * @typedef {object} Change
 * @property {T} value
 * @property {boolean} mayBeSame it may set the value that was there already, which affects nothing
 * @property {number} sentAt
 * @property {number} doneAt
 * @property {boolean} isAcknowledged
 */

/**
 * @template T
 * @param {T} value
 * @param {{ mayBeSame?: boolean }} [options]
 * @returns {Change<T>} that is being sent now
 */
export function createChange (value, { mayBeSame = false } = {}) {
  return { value, mayBeSame, sentAt: performance.now(), doneAt: Infinity, isAcknowledged: false }
}

/**
 * @param {Change<unknown>} change
 * @param {boolean} isAcknowledged
 */
export function finishChange (change, isAcknowledged) {
  change.doneAt = performance.now()
  change.isAcknowledged = isAcknowledged
}

/**
 * @template T
 */
export class UncertainValue {
  /** @type {T} the newest acknowledged value */
  #acknowledged
  /** @type {Array<Change<T>>} changes that may have been made after it */
  #pending = []
  #version = 0

  /** @param {T} initial */
  constructor (initial) {
    this.#acknowledged = initial
  }

  /** Grows with every request and every response. */
  get version () {
    return this.#version
  }

  /** @returns {T[]} one value when it is certain */
  get possibleValues () {
    return [...new Set([this.#acknowledged, ...this.#pending.map(({ value }) => value)])]
  }

  /** @param {Change<T>} change */
  begin (change) {
    this.#version++
    this.#pending.push(change)
  }

  /** @param {Change<T>} change that is finished */
  finish (change) {
    this.#version++
    if (!change.isAcknowledged) return
    this.#acknowledged = change.value
    this.#pending = this.#pending.filter((other) => other !== change && other.doneAt + UNCERTAIN_MS > change.sentAt)
  }
}

/**
 * @param {ReadonlyArray<Change<unknown>>} changes
 * @param {number} startedAt
 * @returns {boolean} whether one of them may have affected what was started then
 */
export function mayAffect (changes, startedAt) {
  return changes.some(({ doneAt, isAcknowledged }) => doneAt + (isAcknowledged ? 0 : UNCERTAIN_MS) >= startedAt)
}

/**
 * @param {ReadonlyArray<Change<unknown>>} changes
 * @param {number} respondedAt
 * @returns {boolean} whether one of them has certainly affected what existed then
 */
export function certainlyAffect (changes, respondedAt) {
  return changes.some(({ mayBeSame, sentAt, isAcknowledged }) => !mayBeSame && isAcknowledged && sentAt > respondedAt)
}
